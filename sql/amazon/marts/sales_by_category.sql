select
  f.order_month,
  p.category,
  count(*) as sales,
  sum(f.quantity) as units,
  sum(case when f.is_revenue then f.amount else decimal '0.00' end) as revenue
from amazon_gold.fact_sales as f
inner join amazon_gold.dim_product as p on p.product_key = f.product_key
group by f.order_month, p.category
