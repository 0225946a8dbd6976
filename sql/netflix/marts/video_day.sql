select
  view_date,
  video_id,
  region,
  count(*) as views,
  count(retention) as measured_views,
  sum(watched_seconds) as watched_seconds,
  coalesce(sum(retention), decimal '0.0000') as retention_sum,
  count_if(is_completed) as completed_views,
  sum(rebuffer_gaps) as rebuffer_gaps,
  sum(errors) as errors
from netflix_gold.fact_view
group by view_date, video_id, region
