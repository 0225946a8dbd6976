-- Hours: at which hour of the day, UTC, members act, and how many of the actions are of series
select
  hour(event_hour) as hour_of_day,
  count(*) as actions,
  count(distinct user_id) as viewers,
  count_if(kind = 'TV Show') as of_series
from netflix_silver.enriched_events
group by hour(event_hour)
order by hour_of_day
