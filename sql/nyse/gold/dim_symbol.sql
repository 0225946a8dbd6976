select
  symbol,
  security,
  sector,
  industry,
  headquarters,
  cast(valid_from as timestamp(6)) as valid_from,
  _arrived_at,
  _shard,
  _sequence_number
from nyse_silver.symbols
