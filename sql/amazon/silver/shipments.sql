with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'shipments' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.shipment_id') as shipment_id,
    json_extract_scalar(data, '$.order_id') as order_id,
    json_extract_scalar(data, '$.carrier') as carrier,
    json_extract_scalar(data, '$.step') as step,
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
  shipment_id,
  order_id,
  carrier,
  step,
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
