with placed as (
  select
    symbol,
    date_trunc('minute', bar_start) as bar_start,
    trade_date,
    open,
    high,
    low,
    close,
    volume,
    trades,
    priced_volume,
    notional,
    row_number() over (partition by symbol, date_trunc('minute', bar_start), open is null order by bar_start) as from_first,
    row_number() over (partition by symbol, date_trunc('minute', bar_start), open is null order by bar_start desc) as from_last
  from nyse_gold.bar_1s
),

bars as (
  select
    symbol,
    bar_start,
    trade_date,
    max(case when from_first = 1 then open end) as open,
    max(high) as high,
    min(low) as low,
    max(case when from_last = 1 then close end) as close,
    cast(sum(volume) as bigint) as volume,
    cast(sum(trades) as bigint) as trades,
    cast(sum(priced_volume) as bigint) as priced_volume,
    cast(sum(notional) as decimal(38, 4)) as notional
  from placed
  group by symbol, bar_start, trade_date
)

select
  symbol,
  bar_start,
  trade_date,
  open,
  high,
  low,
  close,
  volume,
  trades,
  priced_volume,
  notional,
  cast(cast(notional as decimal(30, 6)) / nullif(cast(priced_volume as decimal(18, 0)), 0) as decimal(18, 6)) as vwap
from bars
