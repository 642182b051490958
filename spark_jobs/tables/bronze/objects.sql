create table if not exists bronze.objects (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  role string not null comment 'onboard: what the vehicle saw; reference: an offline list',
  object_index bigint not null comment 'position in its list, 0-based',
  track_id string not null comment 'track id as recorded',
  object_class string not null comment 'class as recorded, lower case',
  score double comment 'existence probability 0..1; null: not recorded',
  frame_id string comment 'frame as recorded (ego, base_link, map); null: not recorded',
  x_m double not null comment 'box centre in frame_id',
  y_m double not null comment 'box centre in frame_id',
  z_m double not null comment 'box centre in frame_id',
  q_w double not null comment 'rotation box to frame_id, scalar part',
  q_x double not null comment 'rotation box to frame_id',
  q_y double not null comment 'rotation box to frame_id',
  q_z double not null comment 'rotation box to frame_id',
  length_m double not null comment 'box size along its x',
  width_m double not null comment 'box size along its y',
  height_m double not null comment 'box size along its z',
  vx_mps double comment 'x velocity over ground in frame_id axes; null: not recorded',
  vy_mps double comment 'y velocity over ground in frame_id axes; null: not recorded',
  num_lidar_points bigint comment 'lidar points inside the box; null: not recorded',
  visibility_pct double comment 'share of the object that is not occluded, 0..100; null: not recorded'
)
using delta
comment 'An object of an object list as recorded'
tblproperties (
  'longtail.grain' = 'one row per object and list',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
