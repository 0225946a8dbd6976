-- How much prices moved
select symbol, count(*) as days, round(avg(realised_volatility), 4) as realised_volatility, round(avg(annualised), 4) as annualised
from nyse_marts.volatility_daily
group by symbol
order by symbol
