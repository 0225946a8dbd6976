with votes as (
  select r.user_id, s.similar_film_id as film_id, r.film_id as because_film_id, s.similarity
  from netflix_gold.fact_rating as r
  inner join netflix_marts.film_similarity as s on s.film_id = r.film_id
  where r.is_liked
),

candidates as (
  select v.user_id, v.film_id, sum(v.similarity) as score
  from votes as v
  left join netflix_gold.fact_rating as known on known.user_id = v.user_id and known.film_id = v.film_id
  where known.film_id is null
  group by v.user_id, v.film_id
),

ranked as (
  select
    user_id,
    film_id,
    score,
    row_number() over (partition by user_id order by score desc, film_id) as rank
  from candidates
),

reasons as (
  select
    r.user_id,
    r.rank,
    r.film_id,
    v.because_film_id,
    r.score,
    row_number() over (partition by r.user_id, r.rank order by v.similarity desc, v.because_film_id) as place
  from ranked as r
  inner join votes as v on v.user_id = r.user_id and v.film_id = r.film_id
  where r.rank <= 10
)

select user_id, rank, film_id, because_film_id, score
from reasons
where place = 1
