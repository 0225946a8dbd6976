with numbered as (
  select distinct ticker, trade_date, sequence
  from nyse_silver.trades
  where sequence is not null
),

following as (
  select
    ticker,
    trade_date,
    sequence,
    lead(sequence) over (partition by ticker, trade_date order by sequence) as next_sequence
  from numbered
)

select
  ticker as symbol,
  trade_date,
  sequence as after_sequence,
  next_sequence as before_sequence,
  next_sequence - sequence - 1 as missing
from following
where next_sequence > sequence + 1
