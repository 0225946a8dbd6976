with states as (
  select
    order_id,
    customer_id,
    status,
    purchased_at,
    row_number() over (
      partition by order_id
      order by _event_time desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.orders
),

orders as (
  select order_id, customer_id, status, purchased_at
  from states
  where recency = 1
)

select
  i.order_id || '-' || cast(i.line_number as varchar) as sale_id,
  i.order_id,
  i.line_number,
  c.customer_key,
  p.product_key,
  s.seller_key,
  cast(date_format(o.purchased_at, '%Y%m%d') as integer) as date_key,
  o.purchased_at,
  date_trunc('month', cast(o.purchased_at as date)) as order_month,
  i.quantity,
  i.unit_price,
  i.unit_price * i.quantity as amount,
  coalesce(i.freight, decimal '0.00') as freight,
  o.status as order_status,
  o.status not in ('canceled', 'unavailable') as is_revenue
from amazon_silver.order_items as i
inner join orders as o on o.order_id = i.order_id
left join amazon_gold.dim_customer as c
  on c.customer_id = o.customer_id
  and o.purchased_at >= c.valid_from
  and (c.valid_to is null or o.purchased_at < c.valid_to)
left join amazon_gold.dim_product as p on p.product_id = i.product_id
left join amazon_gold.dim_seller as s on s.seller_id = i.seller_id
