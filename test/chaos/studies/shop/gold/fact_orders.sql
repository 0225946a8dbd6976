select
  o.order_id,
  cast(o.placed_at as date) as order_date,
  coalesce(c.segment, 'unknown') as segment,
  o.amount
from shop_silver.orders as o
left join shop_silver.customers as c on c.customer_id = o.customer_id
