with states as (
  select
    order_id,
    customer_id,
    status,
    purchased_at,
    approved_at,
    carrier_at,
    delivered_at,
    estimated_at,
    row_number() over (
      partition by order_id
      order by _event_time desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.orders
),

parcels as (
  select
    order_id,
    min(case when step = 'handed_over' then happened_at end) as carrier_at,
    max(case when step = 'delivered' then happened_at end) as delivered_at
  from amazon_silver.shipments
  group by order_id
),

orders as (
  select
    o.order_id,
    o.customer_id,
    o.status,
    o.purchased_at,
    o.approved_at,
    coalesce(o.carrier_at, p.carrier_at) as carrier_at,
    coalesce(o.delivered_at, p.delivered_at) as delivered_at,
    o.estimated_at
  from states as o
  left join parcels as p on p.order_id = o.order_id
  where o.recency = 1
)

select
  o.order_id,
  c.customer_key,
  cast(date_format(o.purchased_at, '%Y%m%d') as integer) as date_key,
  date_trunc('month', cast(o.purchased_at as date)) as order_month,
  o.status as order_status,
  o.purchased_at,
  o.approved_at,
  o.carrier_at,
  o.delivered_at,
  o.estimated_at,
  date_diff('hour', o.purchased_at, o.delivered_at) as hours_to_deliver,
  date_diff('day', cast(o.estimated_at as date), cast(o.delivered_at as date)) as delay_days,
  cast(o.delivered_at as date) > cast(o.estimated_at as date) as is_late,
  o.status = 'delivered' and o.delivered_at is null as is_delivered_without_date
from orders as o
left join amazon_gold.dim_customer as c
  on c.customer_id = o.customer_id
  and o.purchased_at >= c.valid_from
  and (c.valid_to is null or o.purchased_at < c.valid_to)
