with changes as (
  select
    order_id,
    upper(symbol) as symbol,
    side,
    limit_price,
    quantity,
    remaining,
    changed_at,
    row_number() over (
      partition by order_id order by changed_at desc, remaining, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from nyse_silver.orders
)

select
  order_id,
  symbol,
  side,
  limit_price,
  quantity,
  remaining,
  changed_at
from changes
where recency = 1
