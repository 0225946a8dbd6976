with videos as (
  select
    video_id,
    sum(views) as views,
    sum(measured_views) as measured_views,
    sum(watched_seconds) as watched_seconds,
    sum(retention_sum) as retention_sum,
    sum(completed_views) as completed_views
  from netflix_marts.video_day
  group by video_id
)

select
  d.video_id,
  v.title,
  d.views,
  d.watched_seconds,
  d.retention_sum / nullif(d.measured_views, 0) as avg_retention,
  cast(d.completed_views as decimal(18, 4)) / nullif(d.measured_views, 0) as completion_rate
from videos as d
left join netflix_gold.dim_video as v on v.video_id = d.video_id
