with months as (
  select
    product_id,
    warehouse_id,
    counted_on,
    on_hand,
    reorder_point,
    sum(days_counted) over (partition by product_id, warehouse_id) as days_counted,
    sum(days_out_of_stock) over (partition by product_id, warehouse_id) as days_out_of_stock,
    row_number() over (partition by product_id, warehouse_id order by counted_on desc) as recency
  from amazon_marts.inventory_month
)

select
  m.product_id,
  m.warehouse_id,
  p.name as product_name,
  p.category,
  m.on_hand,
  m.reorder_point,
  m.counted_on,
  m.days_counted,
  m.days_out_of_stock,
  case
    when m.on_hand = 0 then 'out_of_stock'
    when m.on_hand <= m.reorder_point then 'reorder'
    else 'ok'
  end as status
from months as m
left join amazon_gold.dim_product as p on p.product_id = m.product_id
where m.recency = 1
