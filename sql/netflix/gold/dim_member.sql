select
  user_id,
  coalesce(cast(birth_year - birth_year % 10 as varchar) || 's', 'Unknown') as birth_decade,
  coalesce(gender, 'Unknown') as gender,
  coalesce(plan, 'Unknown') as plan,
  coalesce(country, 'Unknown') as country,
  signed_up_on,
  updated_at as valid_from,
  _arrived_at,
  _shard,
  _sequence_number
from netflix_silver.members
