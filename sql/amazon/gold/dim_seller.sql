select
  seller_id,
  city,
  state,
  updated_at as valid_from,
  _arrived_at,
  _shard,
  _sequence_number
from amazon_silver.sellers
