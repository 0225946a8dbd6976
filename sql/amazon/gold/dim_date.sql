with days as (
  select date
  from unnest(sequence(date '2016-01-01', date '2030-12-31', interval '1' day)) as calendar (date)
)

select
  cast(date_format(date, '%Y%m%d') as integer) as date_key,
  date,
  cast(year(date) as integer) as year,
  cast(quarter(date) as integer) as quarter,
  cast(month(date) as integer) as month,
  cast(day(date) as integer) as day,
  cast(day_of_week(date) as integer) as day_of_week,
  date_trunc('month', date) as month_start,
  day_of_week(date) >= 6 as is_weekend
from days
