-- The market: symbols, trades, shares and what changed hands
-- format: turnover=money
select
  count(distinct symbol) as symbols,
  count(*) as trades,
  cast(coalesce(sum(size), 0) as bigint) as shares,
  cast(coalesce(sum(notional), 0) as decimal(38, 2)) as turnover
from nyse_gold.fact_trade
where updates_volume
