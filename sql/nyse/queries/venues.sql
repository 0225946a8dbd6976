-- Where shares change hands
-- format: share=percent
select
  exchange,
  cast(sum(size) as bigint) as shares,
  cast(
    cast(sum(size) as decimal(24, 6)) / cast(sum(sum(size)) over () as decimal(18, 0)) as decimal(9, 6)
  ) as share
from nyse_gold.fact_trade
where updates_volume
group by exchange
order by sum(size) desc, exchange
