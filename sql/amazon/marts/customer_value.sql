with purchases as (
  select
    customer_id,
    sum(orders) as orders,
    sum(units) as units,
    sum(revenue) as revenue,
    min(first_order_at) as first_order_at,
    max(last_order_at) as last_order_at
  from amazon_marts.customer_month
  group by customer_id
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
