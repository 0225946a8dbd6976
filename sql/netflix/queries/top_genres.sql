-- Genres: the ten that are watched longest; a view counts for each genre of its video
select genre, videos, views, watched_seconds, completion_rate
from netflix_marts.engagement_by_genre
order by watched_seconds desc, genre
limit 10
