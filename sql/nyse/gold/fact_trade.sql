with masks as (
  select
    sum(case when updates_volume then 0 else bitwise_left_shift(cast(1 as bigint), bit) end) as no_volume,
    sum(case when updates_high_low then 0 else bitwise_left_shift(cast(1 as bigint), bit) end) as no_high_low,
    sum(case when updates_last then 0 else bitwise_left_shift(cast(1 as bigint), bit) end) as no_last
  from nyse_gold.dim_sale_condition
),

corrections as (
  select
    symbol,
    trade_date,
    exchange,
    sequence,
    kind,
    price_e4,
    size,
    row_number() over (
      partition by symbol, trade_date, exchange, sequence order by corrected_at_ms desc, _arrived_at desc, _event_id desc
    ) as recency
  from nyse_silver.corrections
),

trades as (
  select
    lower(to_hex(md5(to_utf8(t._event_source || '|' || t._event_id)))) as trade_key,
    t.ticker as symbol,
    t.trade_date,
    t.exchange,
    t.executed_at,
    t._order as tie_break,
    t.time_ms,
    t.conditions,
    t.suspicious,
    t.sequence,
    case c.kind when 'cancel' then 'cancelled' when 'correct' then 'corrected' else 'reported' end as status,
    case when c.kind = 'correct' and c.price_e4 is not null then cast(cast(c.price_e4 as decimal(18, 4)) / 10000 as decimal(18, 4)) else t.price end as price,
    case when c.kind = 'correct' and c.size is not null then c.size else t.size end as size
  from nyse_silver.trades as t
  left join corrections as c
    on c.symbol = t.symbol and c.trade_date = t.trade_date and c.exchange = t.exchange and c.sequence = t.sequence
    and c.recency = 1
),

-- The tape numbered it after a trade that was executed later.
ordered as (
  select
    trade_key,
    coalesce(
      sequence is not null
      and time_ms < max(time_ms) over (
        partition by symbol, trade_date order by sequence, tie_break rows between unbounded preceding and 1 preceding
      ),
      false
    ) as is_out_of_sequence
  from trades
),

-- A quote of the same millisecond stood already.
events as (
  select symbol, trade_date, quoted_at as at, 0 as kind, '' as tie_break, best_bid, best_ask, cast(null as varchar) as trade_key
  from nyse_gold.nbbo
  union all
  select symbol, trade_date, executed_at, 1, tie_break, null, null, trade_key
  from trades
),

numbered as (
  select
    symbol,
    trade_date,
    kind,
    best_bid,
    best_ask,
    trade_key,
    count(case when kind = 0 then 1 end) over (
      partition by symbol, trade_date order by at, kind, tie_break rows unbounded preceding
    ) as quote
  from events
),

quoted as (
  select
    trade_key,
    kind,
    max(best_bid) over (partition by symbol, trade_date, quote) as best_bid,
    max(best_ask) over (partition by symbol, trade_date, quote) as best_ask
  from numbered
)

select
  t.trade_key,
  t.symbol,
  t.trade_date,
  t.exchange,
  t.executed_at,
  t.tie_break,
  case
    when bitwise_and(t.conditions, 64) <> 0 then 'opening_auction'
    when bitwise_and(t.conditions, 128) <> 0 then 'closing_auction'
    when t.time_ms < s.open_ms then 'pre'
    when t.time_ms >= s.close_ms then 'post'
    else 'regular'
  end as session,
  t.status,
  t.price,
  t.size,
  cast(t.price * t.size as decimal(38, 4)) as notional,
  t.suspicious as is_suspicious,
  o.is_out_of_sequence,
  t.status <> 'cancelled' and bitwise_and(t.conditions, m.no_volume) = 0 as updates_volume,
  t.status <> 'cancelled' and not t.suspicious and bitwise_and(t.conditions, m.no_high_low) = 0 as updates_high_low,
  t.status <> 'cancelled' and not t.suspicious and bitwise_and(t.conditions, m.no_last) = 0 as updates_last,
  q.best_bid,
  q.best_ask,
  cast(abs(2 * t.price - (q.best_bid + q.best_ask)) as decimal(18, 4)) as effective_spread
from trades as t
inner join ordered as o on o.trade_key = t.trade_key
inner join quoted as q on q.trade_key = t.trade_key and q.kind = 1
inner join nyse_gold.dim_session as s on s.trade_date = t.trade_date
cross join masks as m
