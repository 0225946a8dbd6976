with closes as (
  select
    b.symbol,
    b.trade_date,
    cast(b.close as double) as close,
    lag(cast(b.close as double)) over (partition by b.symbol, b.trade_date order by b.bar_start) as previous
  from nyse_gold.bar_5m as b
  inner join nyse_gold.dim_session as s
    on s.trade_date = b.trade_date and b.bar_start >= s.opens_at and b.bar_start < s.closes_at
  where b.close > 0
)

select
  symbol,
  trade_date,
  count(*) as returns,
  sqrt(sum(ln(close / previous) * ln(close / previous))) as realised_volatility,
  sqrt(sum(ln(close / previous) * ln(close / previous)) * 252) as annualised
from closes
where previous is not null
group by symbol, trade_date
