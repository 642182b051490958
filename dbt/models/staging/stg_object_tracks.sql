select
  -- keys
  project_id,
  drive_id,
  role,
  track_id,
  t_ns,

  -- box
  object_class,
  x_ego_m,
  y_ego_m,
  yaw_ego_rad,
  x_map_m,
  y_map_m,
  yaw_map_rad,
  length_m,
  width_m,

  -- path frame
  s_rel_m,
  path_s_rel_m,
  d_m,
  heading_path_rad,
  v_s_mps,
  v_d_mps,
  a_s_mps2,
  extent_s_m,
  extent_d_m,

  -- lane
  lane_left_d_m,
  lane_right_d_m,
  lane_source,

  -- map
  is_on_road,
  is_in_intersection,
  crosswalk_distance_m,
  joint_id,
  joint_lane_id,
  joint_distance_m,

  -- provenance
  visibility_pct,
  is_interpolated
from {{ source('silver', 'object_tracks') }}
