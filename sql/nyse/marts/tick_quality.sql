with gaps as (
  select symbol, trade_date, count(*) as gaps, sum(missing) as missing
  from nyse_gold.sequence_gap
  group by symbol, trade_date
),

ticks as (
  select
    symbol,
    trade_date,
    count(*) as trades,
    sum(size) as shares,
    count(case when is_suspicious then 1 end) as suspicious,
    count(case when status = 'corrected' then 1 end) as corrected,
    count(case when status = 'cancelled' then 1 end) as cancelled,
    count(case when is_out_of_sequence then 1 end) as out_of_sequence
  from nyse_gold.fact_trade
  group by symbol, trade_date
)

select
  t.symbol,
  t.trade_date,
  t.trades,
  cast(t.shares as bigint) as shares,
  t.suspicious,
  t.corrected,
  t.cancelled,
  t.out_of_sequence,
  coalesce(g.gaps, 0) as gaps,
  cast(coalesce(g.missing, 0) as bigint) as missing
from ticks as t
left join gaps as g on g.symbol = t.symbol and g.trade_date = t.trade_date
