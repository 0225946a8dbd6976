with placed as (
  select
    symbol,
    volume,
    trades,
    with_timezone(bar_start, 'UTC') at time zone 'America/New_York' as wall
  from nyse_gold.bar_1m
),

halves as (
  select
    symbol,
    lpad(cast(hour(wall) as varchar), 2, '0') || case when minute(wall) < 30 then ':00' else ':30' end as half_hour,
    cast(sum(volume) as bigint) as volume,
    cast(sum(trades) as bigint) as trades
  from placed
  group by
    symbol,
    lpad(cast(hour(wall) as varchar), 2, '0') || case when minute(wall) < 30 then ':00' else ':30' end
)

select
  symbol,
  half_hour,
  volume,
  trades,
  cast(
    cast(volume as decimal(24, 6)) / nullif(cast(sum(volume) over (partition by symbol) as decimal(18, 0)), 0) as decimal(9, 6)
  ) as share
from halves
