-- Regions: seconds watched of each genre in each region; a view counts for each genre of its video
select region, genre, views, watched_seconds, share
from netflix_marts.regional_heatmap
order by region, genre
