-- Data quality: what the checks of the last run found; every run's are kept in netflix_quarantine.checks
with newest as (
  select max(run_id) as run_id
  from netflix_quarantine.checks
)

select
  c.layer,
  c.dimension,
  count(*) as checks,
  count_if(not c.passed) as broken,
  sum(c.failed) as rows_concerned,
  cast(100 - cast(sum(c.failed) as decimal(38, 4)) * 100 / nullif(sum(c.total), 0) as decimal(9, 4))
    as percent_good
from netflix_quarantine.checks as c
inner join newest as n on n.run_id = c.run_id
group by c.layer, c.dimension
order by c.layer, c.dimension
