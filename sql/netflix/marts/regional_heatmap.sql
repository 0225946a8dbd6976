with cells as (
  select
    d.region,
    coalesce(b.genre, 'Unknown') as genre,
    sum(d.views) as views,
    sum(d.watched_seconds) as watched_seconds
  from netflix_marts.video_day as d
  left join netflix_gold.bridge_video_genre as b on b.video_id = d.video_id
  group by d.region, coalesce(b.genre, 'Unknown')
)

select
  region,
  genre,
  views,
  watched_seconds,
  cast(watched_seconds as decimal(18, 4)) / nullif(sum(watched_seconds) over (partition by region), 0) as share
from cells
