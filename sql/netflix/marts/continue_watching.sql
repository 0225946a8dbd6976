with versions as (
  select
    user_id,
    profile_id,
    video_id,
    position_seconds,
    is_finished,
    stored_at,
    row_number() over (
      partition by user_id, profile_id, video_id
      order by stored_at desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from netflix_silver.viewing_positions
)

select user_id, profile_id, video_id, position_seconds, stored_at
from versions
where recency = 1 and not is_finished
