-- Creators: the ten directors whose videos are watched longest; a view counts for each director
select creator, videos, views, watched_seconds
from netflix_marts.engagement_by_creator
order by watched_seconds desc, creator
limit 10
