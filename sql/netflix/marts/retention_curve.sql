with viewers as (
  select video_id, user_id, max(furthest_seconds) as furthest_seconds, max(duration_seconds) as duration_seconds
  from netflix_gold.fact_view
  where duration_seconds > 0
  group by video_id, user_id
),

counted as (
  select
    v.video_id,
    p.percent,
    count(*) as viewers,
    count_if(v.furthest_seconds * 100 >= v.duration_seconds * p.percent) as still_watching
  from viewers as v
  cross join unnest(sequence(0, 100, 5)) as p (percent)
  group by v.video_id, p.percent
)

select
  video_id,
  percent,
  viewers,
  still_watching,
  cast(still_watching as decimal(18, 4)) / viewers as share
from counted
