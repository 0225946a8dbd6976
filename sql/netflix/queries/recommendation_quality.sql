-- Recommendations: hits among ten, made from four fifths of each user's ratings and looked up in the last fifth
select method, users, recommended, hits, precision_at_10
from netflix_marts.recommendation_evaluation
order by method
