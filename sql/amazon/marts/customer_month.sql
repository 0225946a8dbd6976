select
  f.order_month,
  c.customer_id,
  count(distinct f.order_id) as orders,
  sum(f.quantity) as units,
  sum(f.amount) as revenue,
  min(f.purchased_at) as first_order_at,
  max(f.purchased_at) as last_order_at
from amazon_gold.fact_sales as f
inner join amazon_gold.dim_customer as c on c.customer_key = f.customer_key
where f.is_revenue
group by f.order_month, c.customer_id
