-- What a trade costs: the spread that was quoted and the one that was paid
select
  symbol,
  cast(sum(trades) as bigint) as trades,
  cast(sum(crossed) as bigint) as crossed,
  cast(min(quoted_spread) as decimal(18, 6)) as least_quoted,
  cast(max(effective_spread) as decimal(18, 6)) as most_paid
from nyse_marts.spread_daily
group by symbol
order by symbol
