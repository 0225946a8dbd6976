with arrivals as (
  select
    customer_id,
    person_id,
    name,
    coalesce(segment, 'Unassigned') as segment,
    zip_prefix,
    city,
    state,
    updated_at,
    _arrived_at,
    _shard,
    _sequence_number,
    row_number() over (partition by customer_id order by _arrived_at, _shard, _sequence_number) as arrival
  from amazon_silver.customers
),

-- A row that does not say since when it holds, holds since its delivery; the first one delivered, since ever.
dated as (
  select
    customer_id,
    person_id,
    name,
    segment,
    zip_prefix,
    city,
    state,
    case
      when updated_at is not null then updated_at
      when arrival = 1 then timestamp '1900-01-01 00:00:00.000000'
      else _arrived_at
    end as effective_at,
    arrival
  from arrivals
),

delivered as (
  select
    customer_id,
    person_id,
    name,
    segment,
    zip_prefix,
    city,
    state,
    effective_at,
    row_number() over (partition by customer_id, effective_at order by arrival desc) as recency
  from dated
),

compared as (
  select
    customer_id,
    person_id,
    name,
    segment,
    zip_prefix,
    city,
    state,
    effective_at,
    row_number() over (partition by customer_id order by effective_at) as version,
    lag(person_id) over (partition by customer_id order by effective_at) as previous_person_id,
    lag(name) over (partition by customer_id order by effective_at) as previous_name,
    lag(segment) over (partition by customer_id order by effective_at) as previous_segment,
    lag(zip_prefix) over (partition by customer_id order by effective_at) as previous_zip_prefix,
    lag(city) over (partition by customer_id order by effective_at) as previous_city,
    lag(state) over (partition by customer_id order by effective_at) as previous_state
  from delivered
  where recency = 1
),

changes as (
  select
    customer_id,
    person_id,
    name,
    segment,
    zip_prefix,
    city,
    state,
    case when version = 1 then timestamp '1900-01-01 00:00:00.000000' else effective_at end as valid_from
  from compared
  where version = 1
    or person_id is distinct from previous_person_id
    or name is distinct from previous_name
    or segment is distinct from previous_segment
    or zip_prefix is distinct from previous_zip_prefix
    or city is distinct from previous_city
    or state is distinct from previous_state
),

-- Orders may overtake the customer file. Such a customer gets the key that its first delivered version will have.
inferred as (
  select distinct o.customer_id
  from amazon_silver.orders as o
  left join amazon_silver.customers as c on c.customer_id = o.customer_id
  where c.customer_id is null
),

periods as (
  select
    customer_id,
    person_id,
    name,
    segment,
    zip_prefix,
    city,
    state,
    valid_from,
    lead(valid_from) over (partition by customer_id order by valid_from) as valid_to,
    false as is_inferred
  from changes
  union all
  select
    customer_id,
    cast(null as varchar) as person_id,
    cast(null as varchar) as name,
    'Unassigned' as segment,
    cast(null as varchar) as zip_prefix,
    cast(null as varchar) as city,
    cast(null as varchar) as state,
    timestamp '1900-01-01 00:00:00.000000' as valid_from,
    cast(null as timestamp(6)) as valid_to,
    true as is_inferred
  from inferred
)

select
  lower(to_hex(md5(to_utf8(customer_id || '|' || cast(valid_from as varchar))))) as customer_key,
  customer_id,
  person_id,
  name,
  segment,
  zip_prefix,
  city,
  state,
  valid_from,
  valid_to,
  valid_to is null as is_current,
  is_inferred
from periods
