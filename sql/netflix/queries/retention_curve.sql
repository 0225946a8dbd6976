-- Retention: the share of viewers still watching at each twentieth of the video, all videos together
select
  percent,
  sum(still_watching) as still_watching,
  cast(cast(sum(still_watching) as decimal(18, 4)) / nullif(sum(viewers), 0) as decimal(9, 4)) as share
from netflix_marts.retention_curve
group by percent
order by percent
