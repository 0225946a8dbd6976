-- Continue watching: profiles with an unfinished video, and their unfinished videos
select
  count(distinct user_id || ' ' || profile_id) as profiles,
  count(*) as unfinished,
  cast(cast(coalesce(sum(position_seconds), 0) as decimal(18, 2)) / nullif(count(*), 0) as decimal(18, 2))
    as avg_position_seconds
from netflix_marts.continue_watching
