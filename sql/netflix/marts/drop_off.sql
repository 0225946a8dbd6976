with leaving as (
  select
    cast(e.happened_at as date) as event_date,
    e.video_id,
    e.action,
    e.position_seconds,
    v.duration_minutes * 60 as duration_seconds
  from netflix_silver.player_events as e
  inner join netflix_gold.dim_video as v on v.video_id = e.video_id
  where e.action in ('stop', 'seek')
),

placed as (
  select
    event_date,
    video_id,
    action,
    least(95, position_seconds * 20 / duration_seconds * 5) as percent
  from leaving
  where duration_seconds > 0 and position_seconds * 2 >= duration_seconds
)

select
  event_date,
  video_id,
  percent,
  count_if(action = 'stop') as stops,
  count_if(action = 'seek') as seeks
from placed
group by event_date, video_id, percent
