with films as (
  select film_id, count(*) as likes
  from netflix_gold.fact_rating
  where is_liked
  group by film_id
  having count(*) >= 10
),

likes as (
  select r.user_id, r.film_id, f.likes
  from netflix_gold.fact_rating as r
  inner join films as f on f.film_id = r.film_id
  where r.is_liked
),

pairs as (
  select
    a.film_id,
    b.film_id as similar_film_id,
    count(*) as common_likes,
    cast(count(*) / sqrt(cast(a.likes * b.likes as double)) as decimal(9, 6)) as similarity
  from likes as a
  inner join likes as b on b.user_id = a.user_id and b.film_id <> a.film_id
  group by a.film_id, a.likes, b.film_id, b.likes
  having count(*) >= 3
),

ranked as (
  select
    film_id,
    similar_film_id,
    row_number() over (
      partition by film_id
      order by similarity desc, common_likes desc, similar_film_id
    ) as rank,
    common_likes,
    similarity
  from pairs
)

select film_id, similar_film_id, rank, common_likes, similarity
from ranked
where rank <= 100
