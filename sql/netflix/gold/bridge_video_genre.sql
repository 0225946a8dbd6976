with elements as (
  select v.video_id, trim(c.element) as genre, c.place
  from netflix_gold.dim_video as v
  cross join unnest(split(v.genres, ',')) with ordinality as c (element, place)
)

select video_id, genre, min(place) as place
from elements
where genre <> ''
group by video_id, genre
