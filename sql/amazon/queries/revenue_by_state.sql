-- Revenue by state
select
  state,
  sum(orders) as orders,
  cast(sum(revenue) as decimal(18, 2)) as revenue
from amazon_marts.sales_by_state
group by state
order by revenue desc, state
limit 10
