with days as (
  select
    cast(started_at as date) as session_date,
    count(*) as sessions,
    count_if(views > 0) as sessions_with_view,
    count_if(carts > 0) as sessions_with_cart,
    count_if(checkouts > 0) as sessions_with_checkout,
    count_if(is_converted) as sessions_with_purchase
  from amazon_gold.fact_session
  group by cast(started_at as date)
)

select
  session_date,
  sessions,
  sessions_with_view,
  sessions_with_cart,
  sessions_with_checkout,
  sessions_with_purchase,
  cast(sessions_with_purchase as decimal(18, 4)) / sessions as conversion_rate
from days
