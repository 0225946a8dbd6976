-- Delivery: how many orders came late, and by how many days on average
select
  sum(orders) as orders,
  sum(delivered) as delivered,
  sum(delivered_with_date) as with_date,
  sum(late) as late,
  cast(cast(sum(total_delay_days) as decimal(18, 2)) / nullif(sum(delivered_with_date), 0) as decimal(9, 2))
    as average_delay_days
from amazon_marts.delivery_performance
