-- The last state of each venue at an instant.
with states as (
  select
    symbol,
    trade_date,
    exchange,
    quoted_at,
    bid,
    bid_at,
    ask,
    ask_at,
    row_number() over (partition by symbol, exchange, quoted_at order by tie_break desc) as recency
  from nyse_gold.bbo
),

instants as (
  select distinct symbol, trade_date, quoted_at from states
),

venues as (
  select distinct symbol, trade_date, exchange from states
),

-- Every venue at every instant: its new state, or nothing where it did not quote.
grid as (
  select
    i.symbol,
    i.trade_date,
    i.quoted_at,
    v.exchange,
    s.quoted_at as changed_at,
    s.bid,
    s.bid_at,
    s.ask,
    s.ask_at
  from instants as i
  inner join venues as v on v.symbol = i.symbol and v.trade_date = i.trade_date
  left join states as s
    on s.symbol = i.symbol and s.exchange = v.exchange and s.quoted_at = i.quoted_at and s.recency = 1
),

numbered as (
  select
    symbol,
    trade_date,
    quoted_at,
    exchange,
    bid,
    bid_at,
    ask,
    ask_at,
    count(changed_at) over (
      partition by symbol, trade_date, exchange order by quoted_at rows unbounded preceding
    ) as state
  from grid
),

carried as (
  select
    symbol,
    trade_date,
    quoted_at,
    max(bid) over (partition by symbol, trade_date, exchange, state) as bid,
    max(bid_at) over (partition by symbol, trade_date, exchange, state) as bid_at,
    max(ask) over (partition by symbol, trade_date, exchange, state) as ask,
    max(ask_at) over (partition by symbol, trade_date, exchange, state) as ask_at
  from numbered
),

-- A quote that a venue withdraws has no row: a side is taken to stand for five seconds.
standing as (
  select
    symbol,
    trade_date,
    quoted_at,
    case when bid_at >= date_add('second', -5, quoted_at) then bid end as bid,
    case when ask_at >= date_add('second', -5, quoted_at) then ask end as ask
  from carried
),

best as (
  select
    symbol,
    trade_date,
    quoted_at,
    bid,
    ask,
    max(bid) over (partition by symbol, quoted_at) as best_bid,
    min(ask) over (partition by symbol, quoted_at) as best_ask
  from standing
)

select
  symbol,
  quoted_at,
  trade_date,
  max(best_bid) as best_bid,
  min(best_ask) as best_ask,
  count(case when bid = best_bid then 1 end) as venues_at_bid,
  count(case when ask = best_ask then 1 end) as venues_at_ask,
  cast(min(best_ask) - max(best_bid) as decimal(18, 4)) as spread
from best
group by symbol, trade_date, quoted_at
