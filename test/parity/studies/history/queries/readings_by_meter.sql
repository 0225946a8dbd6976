-- Readings by meter
select
  meter_id,
  sum(readings) as readings
from history_gold.meters
group by meter_id
order by meter_id
