-- One sequence has at most 10,000 entries.
with parts as (
  select first_day, last_day
  from (
    values
      (date '1990-01-01', date '2009-12-31'),
      (date '2010-01-01', date '2029-12-31'),
      (date '2030-01-01', date '2049-12-31'),
      (date '2050-01-01', date '2059-12-31')
  ) as part (first_day, last_day)
),

days as (
  select date
  from parts
  cross join unnest(sequence(first_day, last_day, interval '1' day)) as calendar (date)
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
