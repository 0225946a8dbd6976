-- Trending: the videos of the newest day with most views per mean view of the seven days before
with newest as (
  select max(view_date) as view_date
  from netflix_marts.trending
)

select t.view_date, t.video_id, v.title, t.views, t.views_before, t.lift
from netflix_marts.trending as t
inner join newest as n on n.view_date = t.view_date
left join netflix_gold.dim_video as v on v.video_id = t.video_id
where t.lift is not null
order by t.lift desc, t.views desc, t.video_id
limit 10
