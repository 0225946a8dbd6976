with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'clickstream' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.session_id') as session_id,
    json_extract_scalar(data, '$.customer_id') as customer_id,
    json_extract_scalar(data, '$.action') as action,
    json_extract_scalar(data, '$.product_id') as product_id,
    json_extract_scalar(data, '$.device') as device,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.happened_at')), 'UTC') as timestamp(6)) as happened_at,
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
  session_id,
  customer_id,
  action,
  product_id,
  device,
  happened_at,
  _stream,
  _shard,
  _sequence_number,
  _event_source,
  _event_id,
  _event_time,
  _arrived_at,
  '{run_id}' as _run_id
from typed
