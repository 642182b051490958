create table if not exists silver.object_tracks (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  t_ns bigint not null comment 'instant of the 10 Hz grid, reference clock, ns UTC',
  role string not null comment 'onboard or reference, as in bronze.objects',
  track_id string not null comment 'track id as recorded',
  object_class string not null comment 'car, truck, bus, motorcycle, bicycle, pedestrian, animal, static or other',
  x_ego_m double not null comment 'box centre in the ego frame',
  y_ego_m double not null comment 'box centre in the ego frame',
  yaw_ego_rad double not null comment 'heading in the ego frame, counter-clockwise',
  x_map_m double comment 'box centre in the local frame of ego_motion; null: no pose',
  y_map_m double comment 'box centre in the local frame of ego_motion; null: no pose',
  yaw_map_rad double comment 'heading in the local frame; null: no pose',
  length_m double not null comment 'box length',
  width_m double not null comment 'box width',
  height_m double not null comment 'box height',
  s_rel_m double comment 'box centre minus ego origin along the driven path (extended straight at its end); null: no path',
  d_m double comment 'box centre left of the driven path; null: no path',
  heading_path_rad double comment 'heading relative to the driven path at the box; null: no path',
  v_s_mps double comment 'speed over ground along the path; null: track too short',
  v_d_mps double comment 'speed over ground leftward of the path; null: track too short',
  a_s_mps2 double comment 'acceleration along the path, causal low-pass; null: track too short',
  extent_s_m double comment 'half extent of the box along the path; null: no path',
  extent_d_m double comment 'half extent of the box across the path; null: no path',
  lane_left_d_m double comment 'left mark of the ego lane at the box, path frame; null: no lane there',
  lane_right_d_m double comment 'right mark of the ego lane at the box, path frame; null: no lane there',
  lane_source string not null comment 'map, lane_marks or none (then half of 3.5 m each side of the path)',
  velocity_source string comment 'recorded or estimated (causal slope over 0.5 s); null: no velocity',
  score double comment 'existence probability 0..1; null: not recorded',
  num_lidar_points bigint comment 'lidar points inside the box; null: not recorded',
  visibility_pct double comment 'share not occluded 0..100, from the data or from geometry; null: unknown',
  topic string comment 'object list it was read from; null: unknown',
  clock_model_id string comment 'row of silver.clock_models that its time came from; null: unknown',
  is_interpolated boolean not null comment 'true where no sample lies within half a grid step'
)
using delta
comment 'A tracked object at one instant of the 10 Hz grid'
tblproperties (
  'longtail.grain' = 'one row per drive, role, track and grid instant',
  'longtail.ordering' = 'drive_id, t_ns',
  'longtail.writer' = 'spark'
);
