with counts as (
  select
    product_id,
    warehouse_id,
    cast(counted_at as date) as snapshot_date,
    on_hand,
    reorder_point,
    row_number() over (
      partition by product_id, warehouse_id, cast(counted_at as date)
      order by counted_at desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from amazon_silver.inventory
)

select
  product_id,
  warehouse_id,
  cast(date_format(snapshot_date, '%Y%m%d') as integer) as date_key,
  lower(to_hex(md5(to_utf8(product_id)))) as product_key,
  snapshot_date,
  date_trunc('month', snapshot_date) as snapshot_month,
  on_hand,
  reorder_point,
  on_hand = 0 as is_out_of_stock,
  coalesce(on_hand <= reorder_point, false) as is_below_reorder_point
from counts
where recency = 1
