with source as (
  select stream, shard, sequence_number, arrived_at, event_source, event_id, event_time, data
  from amazon_bronze.records
  where source = 'products' and verdict = 'valid'
),

typed as (
  select
    json_extract_scalar(data, '$.product_id') as product_id,
    json_extract_scalar(data, '$.name') as name,
    json_extract_scalar(data, '$.category') as category,
    cast(json_extract_scalar(data, '$.name_length') as bigint) as name_length,
    cast(json_extract_scalar(data, '$.description_length') as bigint) as description_length,
    cast(json_extract_scalar(data, '$.photos') as bigint) as photos,
    cast(json_extract_scalar(data, '$.weight_g') as bigint) as weight_g,
    cast(json_extract_scalar(data, '$.length_cm') as bigint) as length_cm,
    cast(json_extract_scalar(data, '$.height_cm') as bigint) as height_cm,
    cast(json_extract_scalar(data, '$.width_cm') as bigint) as width_cm,
    cast(at_timezone(from_iso8601_timestamp(json_extract_scalar(data, '$.updated_at')), 'UTC') as timestamp(6)) as updated_at,
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
  product_id,
  name,
  category,
  name_length,
  description_length,
  photos,
  weight_g,
  length_cm,
  height_cm,
  width_cm,
  updated_at,
  _stream,
  _shard,
  _sequence_number,
  _event_source,
  _event_id,
  _event_time,
  _arrived_at,
  '{run_id}' as _run_id
from typed
