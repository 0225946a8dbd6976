with months as (
  select
    review_month,
    count(*) as reviews,
    sum(score) as total_score,
    count_if(score <= 2) as low_scores
  from amazon_gold.fact_review
  group by review_month
)

select
  review_month,
  reviews,
  total_score,
  cast(total_score as decimal(18, 4)) / reviews as average_score,
  low_scores
from months
