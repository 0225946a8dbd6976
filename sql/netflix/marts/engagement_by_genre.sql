select
  coalesce(b.genre, 'Unknown') as genre,
  count(distinct d.video_id) as videos,
  sum(d.views) as views,
  sum(d.watched_seconds) as watched_seconds,
  sum(d.retention_sum) / nullif(sum(d.measured_views), 0) as avg_retention,
  cast(sum(d.completed_views) as decimal(18, 4)) / nullif(sum(d.measured_views), 0) as completion_rate
from netflix_marts.video_day as d
left join netflix_gold.bridge_video_genre as b on b.video_id = d.video_id
group by coalesce(b.genre, 'Unknown')
