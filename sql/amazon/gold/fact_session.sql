with visits as (
  select
    session_id,
    max(customer_id) as customer_id,
    max(device) as device,
    min(happened_at) as started_at,
    max(happened_at) as ended_at,
    count_if(action = 'view') as views,
    count_if(action = 'search') as searches,
    count_if(action = 'add_to_cart') as carts,
    count_if(action = 'checkout') as checkouts,
    count_if(action = 'purchase') as purchases
  from amazon_silver.clickstream
  group by session_id
)

select
  session_id,
  customer_id,
  device,
  started_at,
  ended_at,
  cast(date_format(started_at, '%Y%m%d') as integer) as date_key,
  date_trunc('month', cast(started_at as date)) as session_month,
  views,
  searches,
  carts,
  checkouts,
  purchases,
  purchases > 0 as is_converted
from visits
