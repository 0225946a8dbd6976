-- Revenue of the last 7 days
select
  order_date,
  orders,
  units,
  revenue,
  average_order_value
from amazon_marts.sales_daily
where order_date > current_date - interval '7' day
order by order_date
