select
  review_id,
  order_id,
  score,
  comment is not null as has_comment,
  created_at,
  answered_at,
  cast(date_format(created_at, '%Y%m%d') as integer) as date_key,
  date_trunc('month', cast(created_at as date)) as review_month
from amazon_silver.reviews
