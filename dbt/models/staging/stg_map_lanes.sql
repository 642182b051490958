select
  -- keys
  project_id,
  drive_id,
  lane_segment_id,
  side,
  vertex_index,

  -- place
  x_map_m,
  y_map_m,

  -- lane
  lane_type,
  is_intersection
from {{ source('bronze', 'map_lanes') }}
