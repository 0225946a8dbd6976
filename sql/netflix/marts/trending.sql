with days as (
  select view_date, video_id, sum(views) as views
  from netflix_marts.video_day
  group by view_date, video_id
)

select
  d.view_date,
  d.video_id,
  d.views,
  coalesce(sum(b.views), 0) as views_before,
  cast(d.views * 7 as decimal(18, 4)) / sum(b.views) as lift
from days as d
left join days as b
  on b.video_id = d.video_id
  and b.view_date between date_add('day', -7, d.view_date) and date_add('day', -1, d.view_date)
group by d.view_date, d.video_id, d.views
