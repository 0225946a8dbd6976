with days as (
  select trade_date from nyse_silver.trades
  union
  select trade_date from nyse_silver.quotes
),

calendar as (
  select
    trade_date,
    open_ms,
    close_ms,
    row_number() over (partition by trade_date order by _arrived_at desc, _shard desc, _sequence_number desc) as recency
  from nyse_silver.sessions
),

sessions as (
  select
    d.trade_date,
    coalesce(c.open_ms, 34200000) as open_ms,
    coalesce(c.close_ms, 57600000) as close_ms
  from days as d
  left join calendar as c on c.trade_date = d.trade_date and c.recency = 1
),

placed as (
  select
    trade_date,
    open_ms,
    close_ms,
    with_timezone(date_add('millisecond', open_ms, cast(trade_date as timestamp(6))), 'America/New_York') as opens_at,
    with_timezone(date_add('millisecond', close_ms, cast(trade_date as timestamp(6))), 'America/New_York') as closes_at
  from sessions
)

select
  trade_date,
  open_ms,
  close_ms,
  cast(opens_at at time zone 'UTC' as timestamp(6)) as opens_at,
  cast(closes_at at time zone 'UTC' as timestamp(6)) as closes_at,
  timezone_hour(opens_at) as utc_offset_hours,
  close_ms < 57600000 as is_half_day
from placed
