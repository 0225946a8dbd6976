with elements as (
  select v.video_id, trim(c.element) as country, c.place
  from netflix_gold.dim_video as v
  cross join unnest(split(v.countries, ',')) with ordinality as c (element, place)
)

select video_id, country, min(place) as place
from elements
where country <> ''
group by video_id, country
