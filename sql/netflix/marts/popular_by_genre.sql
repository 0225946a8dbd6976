with films as (
  select g.genre, r.film_id, count(*) as likes
  from netflix_gold.fact_rating as r
  inner join netflix_gold.bridge_film_genre as g on g.film_id = r.film_id
  where r.is_liked
  group by g.genre, r.film_id
),

ranked as (
  select genre, row_number() over (partition by genre order by likes desc, film_id) as rank, film_id, likes
  from films
)

select genre, rank, film_id, likes
from ranked
where rank <= 10
