select
  video_id,
  region,
  sum(views) as total_views,
  sum(retention_sum) / nullif(sum(measured_views), 0) as avg_retention,
  cast(sum(completed_views) as decimal(18, 4)) / nullif(sum(measured_views), 0) as completion_rate,
  sum(watched_seconds) as watched_seconds,
  sum(rebuffer_gaps) as rebuffer_gaps,
  sum(errors) as errors
from netflix_marts.video_day
group by video_id, region
