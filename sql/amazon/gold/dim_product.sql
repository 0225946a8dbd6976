with newest as (
  select
    product_id,
    name,
    category,
    weight_g,
    photos,
    row_number() over (
      partition by product_id
      order by coalesce(updated_at, _arrived_at) desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.products
),

translations as (
  select
    category,
    category_english,
    row_number() over (
      partition by category
      order by _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.categories
),

inferred as (
  select distinct i.product_id
  from amazon_silver.order_items as i
  left join amazon_silver.products as p on p.product_id = i.product_id
  where p.product_id is null
),

known as (
  select
    n.product_id,
    n.name,
    coalesce(t.category_english, n.category, 'Unknown') as category,
    n.weight_g,
    n.photos,
    false as is_inferred
  from newest as n
  left join translations as t on t.category = n.category and t.recency = 1
  where n.recency = 1
  union all
  select
    product_id,
    cast(null as varchar) as name,
    'Unknown' as category,
    cast(null as bigint) as weight_g,
    cast(null as bigint) as photos,
    true as is_inferred
  from inferred
)

select
  lower(to_hex(md5(to_utf8(product_id)))) as product_key,
  product_id,
  name,
  category,
  weight_g,
  photos,
  is_inferred
from known
