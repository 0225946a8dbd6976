with snapshots as (
  select
    product_id,
    warehouse_id,
    snapshot_date,
    on_hand,
    reorder_point,
    is_out_of_stock,
    row_number() over (partition by product_id, warehouse_id order by snapshot_date desc) as recency
  from amazon_gold.fact_inventory_snapshot
),

history as (
  select
    product_id,
    warehouse_id,
    count(*) as days_counted,
    count_if(is_out_of_stock) as days_out_of_stock
  from snapshots
  group by product_id, warehouse_id
)

select
  s.product_id,
  s.warehouse_id,
  p.name as product_name,
  p.category,
  s.on_hand,
  s.reorder_point,
  s.snapshot_date as counted_on,
  h.days_counted,
  h.days_out_of_stock,
  case
    when s.on_hand = 0 then 'out_of_stock'
    when s.on_hand <= s.reorder_point then 'reorder'
    else 'ok'
  end as status
from snapshots as s
inner join history as h on h.product_id = s.product_id and h.warehouse_id = s.warehouse_id
left join amazon_gold.dim_product as p on p.product_id = s.product_id
where s.recency = 1
