with versions as (
  select
    film_id,
    genres,
    row_number() over (
      partition by film_id
      order by _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from netflix_silver.films
)

select distinct v.film_id, trim(g.genre) as genre
from versions as v
cross join unnest(split(v.genres, '|')) as g (genre)
where v.recency = 1 and trim(g.genre) not in ('', '(no genres listed)')
