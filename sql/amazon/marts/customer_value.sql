with purchases as (
  select
    c.customer_id,
    count(distinct f.order_id) as orders,
    sum(f.quantity) as units,
    cast(sum(f.amount) as decimal(18, 2)) as revenue,
    min(f.purchased_at) as first_order_at,
    max(f.purchased_at) as last_order_at
  from amazon_gold.fact_sales as f
  inner join amazon_gold.dim_customer as c on c.customer_key = f.customer_key
  where f.is_revenue
  group by c.customer_id
)

select
  p.customer_id,
  c.segment,
  c.state,
  p.orders,
  p.units,
  p.revenue,
  p.first_order_at,
  p.last_order_at,
  ntile(5) over (order by p.last_order_at, p.customer_id) as recency_score,
  ntile(5) over (order by p.orders, p.customer_id) as frequency_score,
  ntile(5) over (order by p.revenue, p.customer_id) as monetary_score
from purchases as p
inner join amazon_gold.dim_customer as c on c.customer_id = p.customer_id and c.is_current
