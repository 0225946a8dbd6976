-- Drop-off: where between half of the video and its last twentieth viewers stop and skip; who stops later has seen it
select percent, sum(stops) as stops, sum(seeks) as seeks
from netflix_marts.drop_off
where percent < 95
group by percent
order by percent
