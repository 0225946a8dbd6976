with elements as (
  select v.video_id, trim(c.element) as cast_member, c.place
  from netflix_gold.dim_video as v
  cross join unnest(split(v.cast_members, ',')) with ordinality as c (element, place)
)

select video_id, cast_member, min(place) as place
from elements
where cast_member <> ''
group by video_id, cast_member
