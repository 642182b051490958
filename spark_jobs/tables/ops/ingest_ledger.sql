create table if not exists ops.ingest_ledger (
  file_id string not null comment 'sha256 (hex) of the source file',
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  source_path string not null comment 'where the file landed, path or URI; raw files are never moved',
  format string not null comment 'mcap, mf4, av2_annotations, av2_poses, av2_map, dbc, drive_json or unknown',
  num_bytes bigint not null comment 'size of the source file, bytes',
  state string not null comment 'received, verified, bronze, silver, quarantined, or superseded: another version of the same path took its place',
  is_declared boolean not null comment 'true when drive.json names this file',
  declared_num_messages bigint comment 'messages that drive.json promises; null: not declared',
  recorder_num_messages bigint comment 'records by the recorder own statistics; null: the format has none',
  bronze_num_messages bigint comment 'records landed in bronze; null: not reached',
  quarantined_num_messages bigint comment 'records that went to bronze.quarantine; null: not reached',
  decoded_num_messages bigint comment 'records decoded into a typed bronze table; the rest is indexed only; null: not reached',
  min_log_time_ns bigint comment 'first recorder time in the file, ns UTC; null: no record',
  max_log_time_ns bigint comment 'last recorder time in the file, ns UTC; null: no record',
  bronze_version bigint comment 'version of bronze.messages that first holds the file; null: not reached',
  silver_version bigint comment 'version of silver.ego_motion that first saw the file; null: not reached',
  reason string comment 'why it is quarantined or what was odd; null: nothing',
  received_at_ns bigint not null comment 'ingest clock when the file was first seen, ns UTC',
  bronze_at_ns bigint comment 'ingest clock when it was committed to bronze, ns UTC; null: not reached',
  silver_at_ns bigint comment 'ingest clock when its drive was committed to silver, ns UTC; null: not reached'
)
using delta
comment 'A source file and how far it got'
tblproperties (
  'longtail.grain' = 'one row per source file',
  'longtail.ordering' = 'drive_id, file_id',
  'longtail.writer' = 'delta-rs'
);
