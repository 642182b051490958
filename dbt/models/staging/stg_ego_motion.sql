select
  -- keys
  project_id,
  drive_id,
  t_ns,

  -- motion
  s_m,
  vx_ego_mps,
  v_s_mps,
  ax_ego_mps2,
  ay_ego_mps2,
  yaw_rate_radps,

  -- place
  x_map_m,
  y_map_m,
  yaw_map_rad,
  latitude_deg,
  longitude_deg,

  -- map
  speed_limit_mps,
  is_in_intersection,
  lane_turn,
  joint_id,
  joint_lane_id,
  joint_distance_m,
  map_source,

  -- lane
  lane_left_y_m,
  lane_right_y_m,
  lane_yaw_ego_rad,

  -- provenance
  lane_source,
  motion_source,
  acceleration_source,
  is_interpolated
from {{ source('silver', 'ego_motion') }}
