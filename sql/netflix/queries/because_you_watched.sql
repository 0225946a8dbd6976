-- Because you watched: the ten films for the user with most likes
with likes as (
  select user_id, count(*) as likes
  from netflix_gold.fact_rating
  where is_liked
  group by user_id
),

most as (
  select user_id
  from likes
  order by likes desc, user_id
  limit 1
)

select b.user_id, b.rank, f.title as film, because.title as because_you_liked, b.score
from netflix_marts.because_you_watched as b
inner join most as m on m.user_id = b.user_id
left join netflix_gold.dim_film as f on f.film_id = b.film_id
left join netflix_gold.dim_film as because on because.film_id = b.because_film_id
order by b.rank
