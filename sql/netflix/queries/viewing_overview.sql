-- Viewing: views, viewers, hours, how much of a video a view watches, and how often it stalls
select
  count(*) as views,
  count(distinct user_id) as viewers,
  cast(cast(coalesce(sum(watched_seconds), 0) as decimal(18, 2)) / 3600 as decimal(18, 2)) as watched_hours,
  cast(sum(retention) / nullif(count(retention), 0) as decimal(9, 4)) as avg_retention,
  cast(cast(count_if(is_completed) as decimal(18, 4)) / nullif(count(is_completed), 0) as decimal(9, 4))
    as completion_rate,
  coalesce(sum(rebuffer_gaps), 0) as rebuffer_gaps,
  coalesce(sum(errors), 0) as errors
from netflix_gold.fact_view
