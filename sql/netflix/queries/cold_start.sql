-- Cold start: the most liked film of each genre, for a user without a history
select p.genre, p.film_id, f.title, p.likes
from netflix_marts.popular_by_genre as p
left join netflix_gold.dim_film as f on f.film_id = p.film_id
where p.rank = 1
order by p.genre
