create table if not exists bronze.lidar_sweeps (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  frame_id string comment 'lidar frame as recorded; null: not recorded',
  num_points bigint comment 'points in the sweep; null: not decoded',
  num_columns bigint comment 'points per row (width) of an organised cloud; null: not organised or not decoded',
  num_rows bigint comment 'rows (height) of an organised cloud; null: not organised or not decoded',
  num_point_bytes bigint comment 'bytes per point; null: not decoded',
  chunk_offset bigint comment 'as in bronze.messages',
  payload_offset bigint comment 'as in bronze.messages',
  num_payload_bytes bigint not null comment 'size of the message, bytes'
)
using delta
comment 'A lidar or radar point cloud: where its bytes are, never a copy'
tblproperties (
  'longtail.grain' = 'one row per point cloud',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
