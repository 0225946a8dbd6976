with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'categories' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.category') as category,
    json_extract_scalar(data, '$.category_english') as category_english,
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
  category,
  category_english,
  _stream,
  _shard,
  _sequence_number,
  _event_source,
  _event_id,
  _event_time,
  _arrived_at,
  '{run_id}' as _run_id
from typed
