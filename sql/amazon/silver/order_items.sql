with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'order_items' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.order_id') as order_id,
    cast(json_extract_scalar(data, '$.line_number') as bigint) as line_number,
    json_extract_scalar(data, '$.product_id') as product_id,
    json_extract_scalar(data, '$.seller_id') as seller_id,
    cast(json_extract_scalar(data, '$.quantity') as bigint) as quantity,
    cast(json_extract_scalar(data, '$.unit_price') as decimal(18,2)) as unit_price,
    cast(json_extract_scalar(data, '$.freight') as decimal(18,2)) as freight,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.shipping_limit_at')), 'UTC') as timestamp(6)) as shipping_limit_at,
    stream as _stream,
    shard as _shard,
    sequence_number as _sequence_number,
    event_source as _event_source,
    event_id as _event_id,
    cast(at_timezone(from_iso8601_timestamp(coalesce(event_time, arrived_at)), 'UTC') as timestamp(6)) as _event_time,
    cast(at_timezone(from_iso8601_timestamp(arrived_at), 'UTC') as timestamp(6)) as _arrived_at
  from source
)

select
  order_id,
  line_number,
  product_id,
  seller_id,
  quantity,
  unit_price,
  freight,
  shipping_limit_at,
  _stream,
  _shard,
  _sequence_number,
  _event_source,
  _event_id,
  _event_time,
  _arrived_at,
  '{run_id}' as _run_id
from typed
