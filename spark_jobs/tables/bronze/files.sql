create table if not exists bronze.files (
  file_id string not null comment 'sha256 (hex) of the source file',
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  source_path string not null comment 'where the file landed, path or URI',
  format string not null comment 'as in ops.ingest_ledger',
  num_bytes bigint not null comment 'size, bytes',
  num_messages bigint not null comment 'records found in the file',
  recorder_library string comment 'library named in the file header; null: none'
)
using delta
comment 'A source file that reached bronze'
tblproperties (
  'longtail.grain' = 'one row per source file',
  'longtail.ordering' = 'drive_id, file_id',
  'longtail.writer' = 'delta-rs'
);
