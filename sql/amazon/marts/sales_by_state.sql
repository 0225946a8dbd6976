select
  f.order_month,
  coalesce(c.state, 'Unknown') as state,
  count(distinct case when f.is_revenue then f.order_id end) as orders,
  sum(case when f.is_revenue then f.amount else decimal '0.00' end) as revenue
from amazon_gold.fact_sales as f
inner join amazon_gold.dim_customer as c on c.customer_key = f.customer_key
group by f.order_month, coalesce(c.state, 'Unknown')
