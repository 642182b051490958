select
  drive_id,
  t_start_ns,
  t_end_ns,
  light,
  weather,
  road_kind
from {{ source('silver', 'conditions') }}
