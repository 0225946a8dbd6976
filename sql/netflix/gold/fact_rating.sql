with versions as (
  select
    user_id,
    film_id,
    rating,
    rated_at,
    row_number() over (
      partition by user_id, film_id
      order by rated_at desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from netflix_silver.ratings
),

placed as (
  select
    user_id,
    film_id,
    rating,
    rated_at,
    row_number() over (partition by user_id order by rated_at, film_id) as place,
    count(*) over (partition by user_id) as ratings
  from versions
  where recency = 1
)

select
  user_id,
  film_id,
  rating,
  rating >= decimal '4.0' as is_liked,
  rated_at,
  (place - 1) * 5 >= ratings * 4 as is_held_out
from placed
