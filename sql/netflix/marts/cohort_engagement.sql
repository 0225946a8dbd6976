select
  coalesce(m.birth_decade, 'Unknown') as birth_decade,
  coalesce(m.plan, 'Unknown') as plan,
  count(distinct v.user_id) as viewers,
  count(*) as views,
  sum(v.watched_seconds) as watched_seconds,
  sum(v.retention) / nullif(count(v.retention), 0) as avg_retention
from netflix_gold.fact_view as v
left join netflix_gold.dim_member as m on m.user_id = v.user_id
group by coalesce(m.birth_decade, 'Unknown'), coalesce(m.plan, 'Unknown')
