with days as (
  select
    cast(purchased_at as date) as order_date,
    count(distinct case when is_revenue then order_id end) as orders,
    sum(case when is_revenue then quantity else 0 end) as units,
    sum(case when is_revenue then amount else decimal '0.00' end) as revenue,
    sum(case when is_revenue then freight else decimal '0.00' end) as freight,
    count_if(not is_revenue) as lines_without_revenue
  from amazon_gold.fact_sales
  group by cast(purchased_at as date)
)

select
  order_date,
  orders,
  units,
  revenue,
  freight,
  case when orders > 0 then revenue / orders end as average_order_value,
  lines_without_revenue
from days
