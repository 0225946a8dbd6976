with months as (
  select
    order_month,
    count(*) as orders,
    count_if(order_status = 'delivered') as delivered,
    count_if(delivered_at is not null) as delivered_with_date,
    count_if(is_late) as late,
    coalesce(sum(delay_days), 0) as total_delay_days,
    count(delay_days) as measured
  from amazon_gold.fact_order_delivery
  group by order_month
)

select
  order_month,
  orders,
  delivered,
  delivered_with_date,
  late,
  total_delay_days,
  case when measured > 0 then cast(total_delay_days as decimal(18, 2)) / measured end as average_delay_days
from months
