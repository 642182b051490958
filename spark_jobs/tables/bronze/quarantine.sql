create table if not exists bronze.quarantine (
  quarantine_id string not null comment 'sha256 over file, position and reason',
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive the file was found in',
  file_id string not null comment 'sha256 (hex) of the source file',
  source_path string not null comment 'where the file is',
  topic string comment 'topic or channel; null: the whole file',
  record_index bigint comment 'first record concerned; null: the whole file',
  byte_offset bigint comment 'where in the file the trouble starts; null: unknown',
  num_messages bigint not null comment 'records this row stands for; 0 when their number is unknown',
  reason string not null comment 'short code, for example truncated, bad_crc, not_mcap, no_dbc, undecodable, hash_mismatch, empty_drive',
  detail string not null comment 'one sentence for a person'
)
using delta
comment 'Something that could not be read, with reason and position'
tblproperties (
  'longtail.grain' = 'one row per trouble found',
  'longtail.ordering' = 'drive_id, file_id',
  'longtail.writer' = 'delta-rs'
);
