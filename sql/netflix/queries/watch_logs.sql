-- Watch logs: watches, those whose film has a length, how far they came, binge sessions and engagement
select
  count(*) as watches,
  count(completion_rate) as with_length,
  cast(sum(completion_rate) / nullif(count(completion_rate), 0) as decimal(9, 4)) as avg_completion,
  count_if(is_binge_session) as binge_sessions,
  count_if(video_id is null) as unknown_titles,
  cast(sum(engagement_score) / nullif(count(engagement_score), 0) as decimal(9, 2)) as avg_engagement
from netflix_gold.fact_watch
