-- Revenue by month
select
  date_trunc('month', order_date) as month,
  sum(orders) as orders,
  cast(sum(revenue) as decimal(18, 2)) as revenue
from amazon_marts.sales_daily
group by date_trunc('month', order_date)
order by month desc
limit 24
