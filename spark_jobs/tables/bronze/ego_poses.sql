create table if not exists bronze.ego_poses (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  frame_id string comment 'parent frame as recorded (map, odom, city); null: not recorded',
  x_map_m double not null comment 'ego origin (rear axle centre on the ground) in the parent frame',
  y_map_m double not null comment 'ego origin in the parent frame',
  z_map_m double not null comment 'ego origin in the parent frame',
  q_w double not null comment 'rotation ego to parent, scalar part',
  q_x double not null comment 'rotation ego to parent',
  q_y double not null comment 'rotation ego to parent',
  q_z double not null comment 'rotation ego to parent',
  vx_ego_mps double comment 'forward speed in the ego frame; null: pose only',
  vy_ego_mps double comment 'leftward speed in the ego frame; null: pose only',
  yaw_rate_radps double comment 'rotation rate about ego z; null: pose only'
)
using delta
comment 'A pose of the ego vehicle as recorded'
tblproperties (
  'longtail.grain' = 'one row per pose',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
