-- The last day of each symbol
select symbol, trade_date, open, high, low, close, volume, vwap
from (
  select
    symbol, trade_date, open, high, low, close, volume, vwap,
    row_number() over (partition by symbol order by trade_date desc) as recency
  from nyse_gold.bar_1d
) as days
where recency = 1
order by symbol
