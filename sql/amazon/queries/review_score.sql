-- Reviews: mean score
select
  sum(reviews) as reviews,
  cast(cast(sum(total_score) as decimal(18, 4)) / nullif(sum(reviews), 0) as decimal(9, 4)) as average_score,
  sum(low_scores) as low_scores
from amazon_marts.review_scores
