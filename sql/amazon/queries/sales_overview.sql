-- Sales: revenue, orders, customers and what an average customer and order is worth
select
  cast(coalesce(sum(f.amount), decimal '0.00') as decimal(18, 2)) as revenue,
  count(distinct f.order_id) as orders,
  count(distinct c.customer_id) as customers,
  cast(sum(f.amount) / nullif(count(distinct c.customer_id), 0) as decimal(18, 2)) as average_customer_value,
  cast(sum(f.amount) / nullif(count(distinct f.order_id), 0) as decimal(18, 2)) as average_order_value
from amazon_gold.fact_sales as f
inner join amazon_gold.dim_customer as c on c.customer_key = f.customer_key
where f.is_revenue
