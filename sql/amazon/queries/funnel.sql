-- Behaviour: from the first view to the purchase
select
  sum(sessions) as sessions,
  sum(sessions_with_view) as viewed,
  sum(sessions_with_cart) as put_in_cart,
  sum(sessions_with_checkout) as checked_out,
  sum(sessions_with_purchase) as purchased,
  cast(cast(sum(sessions_with_purchase) as decimal(18, 4)) / nullif(sum(sessions), 0) as decimal(9, 4))
    as conversion_rate
from amazon_marts.funnel_daily
