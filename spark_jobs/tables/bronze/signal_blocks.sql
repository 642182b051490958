create table if not exists bronze.signal_blocks (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the first record of the block in its source file, 0-based',
  topic string not null comment 'channel group as recorded',
  log_time_ns bigint not null comment 'when the first record of the block was stored, ns UTC as recorded',
  signal_name string comment 'channel as recorded; null: the row holds the times of the other rows of topic and record_index',
  unit string comment 'unit as recorded; null: none given',
  num_samples bigint not null comment 'samples in the block, one per record',
  data binary not null comment 'num_samples numbers of 8 bytes, low byte first: float64 in unit (NaN: invalid), or int64 times in ns'
)
using delta
comment 'Some thousand samples of a measured channel as recorded, packed; the messages of the block are its records'
tblproperties (
  'longtail.grain' = 'one row per channel and block',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
