select
  project_id,
  drive_id,
  t_start_ns,
  t_end_ns,
  light,
  weather,
  road_kind,
  light_source,
  weather_source
from {{ source('silver', 'conditions') }}
