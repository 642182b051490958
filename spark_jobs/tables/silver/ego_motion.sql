create table if not exists silver.ego_motion (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  t_ns bigint not null comment 'instant of the 10 Hz grid (multiple of 100 ms), reference clock, ns UTC',
  x_map_m double comment 'ego origin in the fixed local frame; null: no pose',
  y_map_m double comment 'ego origin in the fixed local frame; null: no pose',
  z_map_m double comment 'ego origin in the fixed local frame; null: no pose',
  yaw_map_rad double comment 'heading in the local frame, counter-clockwise from +x; null: no pose',
  s_m double comment 'distance driven along the path since the first instant; null: no speed',
  vx_ego_mps double comment 'forward speed; null: no source',
  v_s_mps double comment 'speed along the ego lane, forward speed where none is known; null: no source',
  vy_ego_mps double comment 'leftward speed of the ego origin; null: no source',
  ax_ego_mps2 double comment 'forward acceleration, causal low-pass; negative: braking; null: no source',
  ay_ego_mps2 double comment 'leftward acceleration, causal low-pass; null: no source',
  jerk_x_ego_mps3 double comment 'change of ax_ego_mps2 per second; null: undefined',
  yaw_rate_radps double comment 'rotation rate about z; null: no source',
  latitude_deg double comment 'WGS 84; null: no GNSS',
  longitude_deg double comment 'WGS 84; null: no GNSS',
  lane_left_y_m double comment 'left mark of the ego lane at the ego origin, ego y; null: no lane',
  lane_right_y_m double comment 'right mark of the ego lane at the ego origin, ego y; null: no lane',
  lane_yaw_ego_rad double comment 'where the ego lane leads at the ego origin, ego frame, counter-clockwise; null: no lane',
  lane_source string not null comment 'map, lane_marks or none',
  speed_limit_mps double comment 'highest speed allowed on the ego lane, else on its road; null: the map does not say',
  is_in_intersection boolean comment 'ego origin in an intersection; null: no map, or one without intersections',
  lane_turn string comment 'where the ego lane leads: left, right or straight; null: no map, or it does not say (Argoverse: told in intersections, by the bend of the lane)',
  joint_id string comment 'the place ahead where another lane joins the ego lane (least id of the lanes that end there); null: none, or the map has no lane boundaries',
  joint_lane_id string comment 'the ego lane that ends in the joint; null: no joint ahead',
  joint_distance_m double comment 'from the ego origin to that place, straight; null: no such place',
  map_source string comment 'map_elements (roads and crosswalks are known, also that there are none), map_lanes (lanes only) or none; null: written before maps were read',
  motion_source string not null comment 'where the speed came from: odometry, pose, can or gnss',
  acceleration_source string comment 'imu or speed; null: no acceleration',
  motion_topic string comment 'topic (odometry, pose, gnss) or message and signal (can) that the speed was read from; null: unknown',
  clock_model_id string comment 'row of silver.clock_models behind the motion; null: unknown',
  is_interpolated boolean not null comment 'true where no sample lies within half a grid step'
)
using delta
comment 'The ego vehicle at one instant of the 10 Hz grid'
tblproperties (
  'longtail.grain' = 'one row per drive and grid instant',
  'longtail.ordering' = 'drive_id, t_ns',
  'longtail.writer' = 'spark'
);
