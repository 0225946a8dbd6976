select
  customer_id,
  person_id,
  name,
  coalesce(segment, 'Unassigned') as segment,
  zip_prefix,
  city,
  state,
  updated_at as valid_from,
  _arrived_at,
  _shard,
  _sequence_number
from amazon_silver.customers
