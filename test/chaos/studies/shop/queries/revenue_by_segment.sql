-- Revenue by customer segment
select
  segment,
  cast(sum(amount) as decimal(18, 2)) as revenue,
  count(*) as orders
from shop_gold.fact_orders
group by segment
order by segment
