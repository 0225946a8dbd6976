with elements as (
  select v.video_id, trim(c.element) as creator, c.place
  from netflix_gold.dim_video as v
  cross join unnest(split(v.directors, ',')) with ordinality as c (element, place)
)

select video_id, creator, min(place) as place
from elements
where creator <> ''
group by video_id, creator
