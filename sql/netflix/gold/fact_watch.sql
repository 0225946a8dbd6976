-- Of several titles with one name the newest by release year.
with videos as (
  select
    title_key,
    video_id,
    kind,
    duration_minutes,
    row_number() over (partition by title_key order by release_year desc nulls last, video_id) as place
  from netflix_gold.dim_video
  where title_key <> ''
),

watches as (
  select
    w._event_source || ' ' || w._event_id as watch_id,
    w.user_id,
    w.show_name,
    v.video_id,
    v.kind,
    w.watch_date,
    w.watch_duration_minutes,
    nullif(v.duration_minutes, 0) as runtime_minutes,
    w._arrived_at as processed_at,
    count(*) over (partition by w.user_id, w.watch_date, v.video_id) as watches_of_day
  from netflix_silver.watch_logs as w
  left join videos as v
    on v.title_key = regexp_replace(lower(w.show_name), '[^\p{L}\p{N}]+', '')
    and v.place = 1
),

active_days as (
  select distinct user_id, watch_date
  from netflix_silver.watch_logs
),

weeks as (
  select d.user_id, d.watch_date, count(*) as days
  from active_days as d
  inner join active_days as b
    on b.user_id = d.user_id
    and b.watch_date between date_add('day', -6, d.watch_date) and d.watch_date
  group by d.user_id, d.watch_date
),

rated as (
  select
    w.*,
    s.days,
    cast(
      cast(least(w.watch_duration_minutes, w.runtime_minutes) as decimal(18, 4)) / nullif(w.runtime_minutes, 0)
      as decimal(9, 4)
    ) as completion_rate
  from watches as w
  inner join weeks as s on s.user_id = w.user_id and s.watch_date = w.watch_date
)

select
  watch_id,
  user_id,
  show_name,
  video_id,
  kind,
  watch_date,
  watch_duration_minutes,
  runtime_minutes,
  completion_rate,
  case when video_id is not null then kind = 'TV Show' and watches_of_day >= 2 end as is_binge_session,
  80 * completion_rate + cast(20 * days as decimal(18, 4)) / 7 as engagement_score,
  processed_at
from rated
