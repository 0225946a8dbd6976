with placed as (
  select
    symbol,
    trade_date,
    date_trunc('second', executed_at) as bar_start,
    price,
    size,
    notional,
    updates_volume,
    updates_volume and not is_suspicious as updates_vwap,
    updates_high_low,
    updates_last,
    row_number() over (
      partition by symbol, date_trunc('second', executed_at), updates_last order by executed_at, tie_break, trade_key
    ) as from_first,
    row_number() over (
      partition by symbol, date_trunc('second', executed_at), updates_last
      order by executed_at desc, tie_break desc, trade_key desc
    ) as from_last
  from nyse_gold.fact_trade
  where status <> 'cancelled'
),

bars as (
  select
    symbol,
    bar_start,
    trade_date,
    max(case when updates_last and from_first = 1 then price end) as open,
    max(case when updates_high_low then price end) as high,
    min(case when updates_high_low then price end) as low,
    max(case when updates_last and from_last = 1 then price end) as close,
    coalesce(sum(case when updates_volume then size end), 0) as volume,
    count(case when updates_volume then 1 end) as trades,
    coalesce(sum(case when updates_vwap then size end), 0) as priced_volume,
    cast(coalesce(sum(case when updates_vwap then notional end), 0) as decimal(38, 4)) as notional
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
