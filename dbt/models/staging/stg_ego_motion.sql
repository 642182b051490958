select
  -- keys
  project_id,
  drive_id,
  t_ns,

  -- motion
  s_m,
  vx_ego_mps,
  ax_ego_mps2,
  ay_ego_mps2,

  -- provenance
  lane_source,
  motion_source,
  acceleration_source,
  is_interpolated
from {{ source('silver', 'ego_motion') }}
