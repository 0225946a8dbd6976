with sensors as (
  select
    sensor_id,
    place,
    row_number() over (partition by sensor_id order by _arrived_at desc, _shard desc, _sequence_number desc) as recency
  from {{lake}}_silver.sensors
)

select
  r.reading_id,
  r.sensor_id,
  coalesce(s.place, 'unknown') as place,
  r.measured_at,
  cast(r.measured_at as date) as reading_date,
  r.value
from {{lake}}_silver.readings as r
left join sensors as s on s.sensor_id = r.sensor_id and s.recency = 1
