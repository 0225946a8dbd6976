-- The busiest half hours
-- format: share=percent
select half_hour, cast(sum(volume) as bigint) as shares, cast(sum(trades) as bigint) as trades
from nyse_marts.volume_profile
group by half_hour
order by sum(volume) desc, half_hour
limit 5
