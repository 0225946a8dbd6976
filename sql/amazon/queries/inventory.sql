-- Inventory: products by state of their stock
select
  status,
  count(*) as products,
  sum(on_hand) as units_on_hand
from amazon_marts.inventory_status
group by status
order by status
