-- Content: the ten videos that are watched longest
select video_id, title, views, watched_seconds, avg_retention
from netflix_marts.engagement_by_video
order by watched_seconds desc, video_id
limit 10
