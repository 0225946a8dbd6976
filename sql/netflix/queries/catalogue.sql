-- Catalogue: titles, what was mended in them, their genres and people one by one, and how many of the rated films they name
select
  count(*) as titles,
  count_if(v.kind = 'Movie') as movies,
  count(v.duration_minutes) as with_minutes,
  (select count(*) from netflix_silver.titles where is_duration_shifted) as durations_mended,
  (select count(*) from netflix_silver.titles where is_date_padded) as dates_mended,
  (select count(*) from netflix_gold.bridge_video_genre) as genre_links,
  (select count(*) from netflix_gold.bridge_video_creator) as creator_links,
  (select count(*) from netflix_gold.bridge_video_cast_member) as cast_links,
  (select count(*) from netflix_gold.bridge_video_country) as country_links,
  (select count(*) from netflix_gold.dim_film) as films,
  (select count(*) from netflix_gold.dim_film where video_id is not null) as films_in_catalogue
from netflix_gold.dim_video as v
