select
  meter_id,
  count(*) as readings
from history_silver.readings
group by meter_id
