with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'orders' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.order_id') as order_id,
    json_extract_scalar(data, '$.customer_id') as customer_id,
    json_extract_scalar(data, '$.status') as status,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.purchased_at')), 'UTC') as timestamp(6)) as purchased_at,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.approved_at')), 'UTC') as timestamp(6)) as approved_at,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.carrier_at')), 'UTC') as timestamp(6)) as carrier_at,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.delivered_at')), 'UTC') as timestamp(6)) as delivered_at,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.estimated_at')), 'UTC') as timestamp(6)) as estimated_at,
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
  customer_id,
  status,
  purchased_at,
  approved_at,
  carrier_at,
  delivered_at,
  estimated_at,
  _stream,
  _shard,
  _sequence_number,
  _event_source,
  _event_id,
  _event_time,
  _arrived_at,
  '{run_id}' as _run_id
from typed
