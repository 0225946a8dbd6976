with quoted as (
  select
    symbol,
    trade_date,
    best_ask - best_bid as spread,
    effective_spread,
    best_bid > best_ask as is_crossed
  from nyse_gold.fact_trade
  where session = 'regular' and status <> 'cancelled' and best_bid is not null and best_ask is not null
),

sums as (
  select
    symbol,
    trade_date,
    count(case when not is_crossed then 1 end) as trades,
    count(case when is_crossed then 1 end) as crossed,
    sum(case when not is_crossed then spread end) as quoted,
    sum(case when not is_crossed then effective_spread end) as paid
  from quoted
  group by symbol, trade_date
)

select
  symbol,
  trade_date,
  trades,
  crossed,
  cast(cast(quoted as decimal(30, 6)) / nullif(cast(trades as decimal(18, 0)), 0) as decimal(18, 6)) as quoted_spread,
  cast(cast(paid as decimal(30, 6)) / nullif(cast(trades as decimal(18, 0)), 0) as decimal(18, 6)) as effective_spread
from sums
