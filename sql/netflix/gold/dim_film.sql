with links as (
  select
    film_id,
    imdb_id,
    tmdb_id,
    row_number() over (
      partition by film_id
      order by _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from netflix_silver.film_links
),

films as (
  select film_id, trim(title) as title, _arrived_at, _shard, _sequence_number
  from netflix_silver.films
),

named as (
  select
    film_id,
    trim(regexp_replace(title, '\s*\([0-9]{4}\)$', '')) as name,
    cast(regexp_extract(title, '\(([0-9]{4})\)$', 1) as integer) as release_year,
    _arrived_at,
    _shard,
    _sequence_number
  from films
),

-- "Matrix, The" is the catalogue's "The Matrix".
keyed as (
  select
    film_id,
    name,
    release_year,
    regexp_replace(
      lower(regexp_replace(name, '^(.*), (The|A|An)$', '$2 $1')),
      '[^\p{L}\p{N}]+',
      ''
    ) as title_key,
    _arrived_at,
    _shard,
    _sequence_number
  from named
),

-- Of several titles with one name and year the first by its number.
videos as (
  select title_key, release_year, min(video_id) as video_id
  from netflix_gold.dim_video
  where title_key <> ''
  group by title_key, release_year
)

select
  k.film_id,
  k.name as title,
  k.release_year,
  l.imdb_id,
  l.tmdb_id,
  k.title_key,
  v.video_id,
  cast(null as timestamp(6)) as valid_from,
  k._arrived_at,
  k._shard,
  k._sequence_number
from keyed as k
left join links as l on l.film_id = k.film_id and l.recency = 1
left join videos as v on v.title_key = k.title_key and v.release_year = k.release_year
