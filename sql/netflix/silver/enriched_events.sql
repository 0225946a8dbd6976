-- Not the derived silver of a source: the player's events with their video and member, which arrive by files of their own.
with videos as (
  select
    video_id,
    title,
    type,
    trim(element_at(split(listed_in, ','), 1)) as genre,
    trim(element_at(split(director, ','), 1)) as creator,
    release_year,
    cast(regexp_extract(duration_text, '^([0-9]{1,4}) min$', 1) as bigint) * 60 as duration_seconds,
    row_number() over (
      partition by video_id
      order by _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from netflix_silver.titles
),

members as (
  select
    user_id,
    cast(birth_year - birth_year % 10 as varchar) || 's' as birth_decade,
    gender,
    plan,
    country,
    row_number() over (
      partition by user_id
      order by coalesce(updated_at, _arrived_at) desc, _arrived_at desc, _shard desc, _sequence_number desc
    ) as recency
  from netflix_silver.members
)

select
  cast(e.happened_at as date) as event_date,
  e._event_source as event_source,
  e._event_id as event_id,
  date_trunc('hour', e.happened_at) as event_hour,
  e.happened_at,
  e.session_id,
  e.user_id,
  e.profile_id,
  e.video_id,
  e.action,
  e.position_seconds,
  e.to_position_seconds,
  upper(e.region) as region,
  e.device,
  e.error_code,
  v.title,
  v.type as kind,
  v.genre,
  v.creator,
  v.release_year,
  v.duration_seconds,
  m.birth_decade,
  m.gender,
  m.plan,
  m.country as member_country
from netflix_silver.player_events as e
left join videos as v on v.video_id = e.video_id and v.recency = 1
left join members as m on m.user_id = e.user_id and m.recency = 1
