with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'reviews' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.review_id') as review_id,
    json_extract_scalar(data, '$.order_id') as order_id,
    cast(json_extract_scalar(data, '$.score') as bigint) as score,
    json_extract_scalar(data, '$.title') as title,
    json_extract_scalar(data, '$.comment') as comment,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.created_at')), 'UTC') as timestamp(6)) as created_at,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.answered_at')), 'UTC') as timestamp(6)) as answered_at,
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
  review_id,
  order_id,
  score,
  title,
  comment,
  created_at,
  answered_at,
  _stream,
  _shard,
  _sequence_number,
  _event_source,
  _event_id,
  _event_time,
  _arrived_at,
  '{run_id}' as _run_id
from typed
