-- A view ends where the same member neither plays the video nor does anything with it for more than 30 minutes.
with ordered as (
  select
    e._event_source as event_source,
    e._event_id as event_id,
    e.session_id,
    e.user_id,
    e.profile_id,
    e.video_id,
    e.action,
    e.position_seconds,
    case
      when e.action = 'play' then e.position_seconds
      when e.action = 'seek' then e.to_position_seconds
    end as from_seconds,
    e.happened_at,
    upper(e.region) as region,
    e.device,
    v.duration_minutes * 60 as duration_seconds
  from netflix_silver.player_events as e
  left join netflix_gold.dim_video as v on v.video_id = e.video_id
),

before as (
  select
    *,
    lag(happened_at) over (
      partition by user_id, video_id order by happened_at, event_id, event_source
    ) as previous_at,
    lag(from_seconds) over (
      partition by user_id, video_id order by happened_at, event_id, event_source
    ) as previous_seconds
  from ordered
),

gaps as (
  select
    *,
    coalesce(
      date_diff('millisecond', previous_at, happened_at)
      - greatest(0, coalesce(position_seconds - previous_seconds, 0)) * 1000 > 1800000,
      true
    ) as is_first
  from before
),

numbered as (
  select
    *,
    sum(case when is_first then 1 else 0 end) over (
      partition by user_id, video_id
      order by happened_at, event_id, event_source
      rows between unbounded preceding and current row
    ) as view_number
  from gaps
),

-- What happened next tells how long an action lasted.
steps as (
  select
    *,
    lead(action) over (
      partition by user_id, video_id, view_number order by happened_at, event_id, event_source
    ) as next_action,
    lead(position_seconds) over (
      partition by user_id, video_id, view_number order by happened_at, event_id, event_source
    ) as next_seconds,
    lead(happened_at) over (
      partition by user_id, video_id, view_number order by happened_at, event_id, event_source
    ) as next_at
  from numbered
),

-- The video plays from a play or seek to the action after it, at up to one and a half times its speed.
segments as (
  select
    *,
    from_seconds is not null and next_seconds is not null as is_played,
    next_seconds - from_seconds as progress_seconds,
    date_diff('millisecond', happened_at, next_at) as clock_ms
  from steps
),

judged as (
  select
    *,
    is_played and progress_seconds >= 0 and progress_seconds * 2000 <= clock_ms * 3 + 4000 as is_watched,
    clock_ms - progress_seconds * 1000 as behind_ms
  from segments
),

views as (
  select
    user_id,
    video_id,
    view_number,
    min(happened_at) as started_at,
    max(happened_at) as ended_at,
    min(case when is_first then event_source || ' ' || event_id end) as first_event,
    max(profile_id) as profile_id,
    max(region) as region,
    max(device) as device,
    count(distinct session_id) as sessions,
    count(*) as events,
    count_if(action = 'seek') as seeks,
    count_if(action = 'error') as errors,
    coalesce(sum(case when is_watched then progress_seconds end), 0) as watched_seconds,
    coalesce(max(case when is_watched then next_seconds end), 0) as furthest_seconds,
    count_if(is_played and not is_watched) as unexplained_jumps,
    count_if(is_watched and next_action <> 'play' and behind_ms between 2000 and 120000) as rebuffer_gaps,
    coalesce(
      sum(case when is_watched and next_action <> 'play' and behind_ms between 2000 and 120000 then behind_ms end),
      0
    ) as rebuffer_ms,
    max(duration_seconds) as duration_seconds,
    coalesce(bool_or(action = 'stop' and next_action is null), false) as is_stopped
  from judged
  group by user_id, video_id, view_number
)

select
  lower(to_hex(md5(to_utf8(first_event)))) as view_id,
  cast(started_at as date) as view_date,
  user_id,
  profile_id,
  video_id,
  region,
  device,
  started_at,
  ended_at,
  sessions,
  events,
  seeks,
  errors,
  watched_seconds,
  furthest_seconds,
  unexplained_jumps,
  rebuffer_gaps,
  rebuffer_ms / 1000 as rebuffer_seconds,
  duration_seconds,
  cast(least(watched_seconds, duration_seconds) as decimal(18, 4)) / nullif(duration_seconds, 0) as retention,
  cast(least(furthest_seconds, duration_seconds) as decimal(18, 4)) / nullif(duration_seconds, 0) as completion,
  case when duration_seconds > 0 then furthest_seconds * 10 >= duration_seconds * 9 end as is_completed,
  is_stopped
from views
