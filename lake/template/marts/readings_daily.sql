select
  reading_date,
  place,
  count(*) as readings,
  min(value) as lowest,
  max(value) as highest,
  cast(avg(value) as decimal(9, 2)) as average
from {{lake}}_gold.fact_reading
group by reading_date, place
