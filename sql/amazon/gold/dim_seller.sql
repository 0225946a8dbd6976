with newest as (
  select
    seller_id,
    city,
    state,
    row_number() over (
      partition by seller_id
      order by coalesce(updated_at, _arrived_at) desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.sellers
),

inferred as (
  select distinct i.seller_id
  from amazon_silver.order_items as i
  left join amazon_silver.sellers as s on s.seller_id = i.seller_id
  where i.seller_id is not null and s.seller_id is null
),

known as (
  select seller_id, city, state, false as is_inferred
  from newest
  where recency = 1
  union all
  select
    seller_id,
    cast(null as varchar) as city,
    cast(null as varchar) as state,
    true as is_inferred
  from inferred
)

select
  lower(to_hex(md5(to_utf8(seller_id)))) as seller_key,
  seller_id,
  city,
  state,
  is_inferred
from known
