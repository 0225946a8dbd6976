-- The customers who are worth most
select
  customer_id,
  segment,
  orders,
  revenue,
  recency_score,
  frequency_score,
  monetary_score
from amazon_marts.customer_value
order by revenue desc, customer_id
limit 5
