-- Revenue by customer segment
select
  c.segment,
  cast(sum(f.amount) as decimal(18, 2)) as revenue,
  count(distinct f.order_id) as orders
from amazon_gold.fact_sales as f
inner join amazon_gold.dim_customer as c on c.customer_key = f.customer_key
where f.is_revenue
group by c.segment
order by revenue desc, c.segment
