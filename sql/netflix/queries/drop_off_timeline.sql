-- Drop-off: stops and seeks between half of the video and its last twentieth, on each of the newest 14 days with any
with days as (
  select event_date, sum(stops) as stops, sum(seeks) as seeks
  from netflix_marts.drop_off
  where percent < 95
  group by event_date
  order by event_date desc
  limit 14
)

select event_date, stops, seeks
from days
order by event_date
