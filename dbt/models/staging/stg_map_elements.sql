select
  -- keys
  project_id,
  drive_id,
  element_id,
  kind as element_kind,
  vertex_index,

  -- place
  x_map_m,
  y_map_m
from {{ source('bronze', 'map_elements') }}
