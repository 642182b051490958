create table if not exists bronze.can_frames (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  bus bigint not null comment 'bus number as recorded, 0-based',
  can_id bigint not null comment 'arbitration id without flag bits',
  is_extended boolean not null comment 'true for a 29 bit id',
  is_received boolean not null comment 'false for a frame that the recording device itself sent',
  num_data_bytes bigint not null comment 'data length, bytes',
  data binary not null comment 'frame data'
)
using delta
comment 'A CAN frame as recorded'
tblproperties (
  'longtail.grain' = 'one row per frame',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
