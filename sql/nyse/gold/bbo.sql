with counted as (
  select
    ticker,
    trade_date,
    exchange,
    quoted_at,
    _order,
    _event_source,
    _event_id,
    bid,
    bid_size,
    ask,
    ask_size,
    -- Rows after a bid and before the next share its number: the bid of the group is the one that stands.
    count(bid) over (
      partition by ticker, trade_date, exchange order by quoted_at, _order rows unbounded preceding
    ) as bid_group,
    count(ask) over (
      partition by ticker, trade_date, exchange order by quoted_at, _order rows unbounded preceding
    ) as ask_group
  from nyse_silver.quotes
  where not suspicious
)

select
  lower(to_hex(md5(to_utf8(_event_source || '|' || _event_id)))) as quote_key,
  ticker as symbol,
  trade_date,
  exchange,
  quoted_at,
  _order as tie_break,
  max(bid) over (partition by ticker, trade_date, exchange, bid_group) as bid,
  max(case when bid is not null then bid_size end) over (partition by ticker, trade_date, exchange, bid_group) as bid_size,
  max(case when bid is not null then quoted_at end) over (partition by ticker, trade_date, exchange, bid_group) as bid_at,
  max(ask) over (partition by ticker, trade_date, exchange, ask_group) as ask,
  max(case when ask is not null then ask_size end) over (partition by ticker, trade_date, exchange, ask_group) as ask_size,
  max(case when ask is not null then quoted_at end) over (partition by ticker, trade_date, exchange, ask_group) as ask_at
from counted
