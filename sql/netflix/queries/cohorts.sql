-- Cohorts: how members of a decade of birth and a plan watch
select birth_decade, plan, viewers, views, watched_seconds, avg_retention
from netflix_marts.cohort_engagement
order by birth_decade, plan
