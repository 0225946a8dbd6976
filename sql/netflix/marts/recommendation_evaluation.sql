-- Both methods see the first four fifths of each user's ratings; what they recommend is looked up in the last fifth.
with training as (
  select user_id, film_id, is_liked
  from netflix_gold.fact_rating
  where not is_held_out
),

liked_later as (
  select user_id, film_id
  from netflix_gold.fact_rating
  where is_held_out and is_liked
),

users as (
  select distinct user_id
  from liked_later
),

popularity as (
  select film_id, count(*) as likes
  from training
  where is_liked
  group by film_id
),

likes as (
  select t.user_id, t.film_id, p.likes
  from training as t
  inner join popularity as p on p.film_id = t.film_id and p.likes >= 10
  where t.is_liked
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

ranked_pairs as (
  select
    film_id,
    similar_film_id,
    similarity,
    row_number() over (
      partition by film_id
      order by similarity desc, common_likes desc, similar_film_id
    ) as rank
  from pairs
),

scores as (
  select 'item-item' as method, l.user_id, s.similar_film_id as film_id, sum(s.similarity) as score
  from likes as l
  inner join users as u on u.user_id = l.user_id
  inner join ranked_pairs as s on s.film_id = l.film_id and s.rank <= 100
  group by l.user_id, s.similar_film_id
  union all
  select 'popularity' as method, u.user_id, p.film_id, cast(p.likes as decimal(18, 6)) as score
  from users as u
  cross join popularity as p
),

ranked as (
  select
    s.method,
    s.user_id,
    s.film_id,
    row_number() over (partition by s.method, s.user_id order by s.score desc, s.film_id) as rank
  from scores as s
  left join training as t on t.user_id = s.user_id and t.film_id = s.film_id
  where t.film_id is null
),

counted as (
  select r.method, count(*) as recommended, count(h.film_id) as hits
  from ranked as r
  left join liked_later as h on h.user_id = r.user_id and h.film_id = r.film_id
  where r.rank <= 10
  group by r.method
)

select
  m.method,
  (select count(*) from users) as users,
  coalesce(c.recommended, 0) as recommended,
  coalesce(c.hits, 0) as hits,
  cast(coalesce(c.hits, 0) as decimal(18, 6)) / nullif((select count(*) from users) * 10, 0) as precision_at_10
from (values 'item-item', 'popularity') as m (method)
left join counted as c on c.method = m.method
