-- Readings by place
select
  place,
  sum(readings) as readings,
  max(highest) as highest
from {{lake}}_marts.readings_daily
group by place
order by place
