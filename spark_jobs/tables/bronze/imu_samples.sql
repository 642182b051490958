create table if not exists bronze.imu_samples (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  frame_id string comment 'frame as recorded; null: not recorded',
  ax_mps2 double comment 'x acceleration in the sensor frame; null: not measured',
  ay_mps2 double comment 'y acceleration in the sensor frame; null: not measured',
  az_mps2 double comment 'z acceleration in the sensor frame, gravity included; null: not measured',
  roll_rate_radps double comment 'rotation rate about x; null: not measured',
  pitch_rate_radps double comment 'rotation rate about y; null: not measured',
  yaw_rate_radps double comment 'rotation rate about z; null: not measured'
)
using delta
comment 'An IMU sample as recorded'
tblproperties (
  'longtail.grain' = 'one row per sample',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
