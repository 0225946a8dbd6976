-- Readings in all
select
  count(*) as readings,
  count(distinct sensor_id) as sensors,
  min(value) as lowest,
  max(value) as highest
from {{lake}}_gold.fact_reading
