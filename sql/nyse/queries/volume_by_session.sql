-- When shares change hands
select session, count(*) as trades, cast(sum(size) as bigint) as shares
from nyse_gold.fact_trade
where updates_volume
group by session
order by session
