-- Days of trading by the clock of New York
select utc_offset_hours, is_half_day, count(*) as days
from nyse_gold.dim_session
group by utc_offset_hours, is_half_day
order by utc_offset_hours, is_half_day
