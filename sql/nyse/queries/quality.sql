-- Ticks that need care
select
  cast(coalesce(sum(trades), 0) as bigint) as trades,
  cast(coalesce(sum(shares), 0) as bigint) as shares,
  cast(coalesce(sum(suspicious), 0) as bigint) as suspicious,
  cast(coalesce(sum(corrected), 0) as bigint) as corrected,
  cast(coalesce(sum(cancelled), 0) as bigint) as cancelled,
  cast(coalesce(sum(out_of_sequence), 0) as bigint) as out_of_sequence,
  cast(coalesce(sum(gaps), 0) as bigint) as gaps,
  cast(coalesce(sum(missing), 0) as bigint) as missing
from nyse_marts.tick_quality
