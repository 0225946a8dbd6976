with counts as (
  select
    snapshot_month,
    product_id,
    warehouse_id,
    snapshot_date,
    on_hand,
    reorder_point,
    is_out_of_stock,
    row_number() over (partition by product_id, warehouse_id, snapshot_month order by snapshot_date desc) as recency
  from amazon_gold.fact_inventory_snapshot
)

select
  snapshot_month,
  product_id,
  warehouse_id,
  max(snapshot_date) as counted_on,
  max(case when recency = 1 then on_hand end) as on_hand,
  max(case when recency = 1 then reorder_point end) as reorder_point,
  count(*) as days_counted,
  count_if(is_out_of_stock) as days_out_of_stock
from counts
group by snapshot_month, product_id, warehouse_id
