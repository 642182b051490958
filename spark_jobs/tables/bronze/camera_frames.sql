create table if not exists bronze.camera_frames (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  frame_id string comment 'camera frame as recorded; null: not recorded',
  image_format string comment 'jpeg, png or as recorded; null: not recorded',
  chunk_offset bigint comment 'as in bronze.messages',
  payload_offset bigint comment 'as in bronze.messages',
  num_payload_bytes bigint not null comment 'size of the message, bytes'
)
using delta
comment 'A camera frame: where its bytes are, never a copy'
tblproperties (
  'longtail.grain' = 'one row per image',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
