with translations as (
  select
    category,
    category_english,
    row_number() over (
      partition by category
      order by _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.categories
)

select
  p.product_id,
  p.name,
  coalesce(t.category_english, p.category, 'Unknown') as category,
  p.weight_g,
  p.photos,
  p.updated_at as valid_from,
  p._arrived_at,
  p._shard,
  p._sequence_number
from amazon_silver.products as p
left join translations as t on t.category = p.category and t.recency = 1
