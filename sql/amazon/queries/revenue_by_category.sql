-- Revenue by product category
select
  category,
  sum(sales) as sales,
  sum(units) as units,
  cast(sum(revenue) as decimal(18, 2)) as revenue
from amazon_marts.sales_by_category
group by category
order by revenue desc, category
limit 10
