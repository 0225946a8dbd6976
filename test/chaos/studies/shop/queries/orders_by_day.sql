-- Orders by day
select
  order_date,
  count(*) as orders
from shop_gold.fact_orders
group by order_date
order by order_date
