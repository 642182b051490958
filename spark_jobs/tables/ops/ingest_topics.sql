create table if not exists ops.ingest_topics (
  file_id string not null comment 'sha256 (hex) of the source file',
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  topic string not null comment 'topic or channel name as recorded; empty: of records that were put aside before it was known',
  recorder_num_messages bigint comment 'messages by the recorder own statistics; null: the format has none',
  recorder_num_payload_bytes bigint comment 'payload bytes by the recorder own statistics; null: the format has none',
  bronze_num_messages bigint not null comment 'rows of bronze.messages that were written',
  num_payload_bytes bigint not null comment 'their payload sizes together, bytes',
  decoded_num_messages bigint not null comment 'those of them that were decoded into a typed bronze table',
  quarantined_num_messages bigint not null comment 'messages that went to bronze.quarantine instead',
  min_log_time_ns bigint comment 'first recorder time, ns UTC; null: no message',
  max_log_time_ns bigint comment 'last recorder time, ns UTC; null: no message',
  content_hash_a bigint not null comment 'sum over the messages of a hash of (log time, sequence, crc32), modulo 2^31-1 each',
  content_hash_b bigint not null comment 'as content_hash_a by another formula, modulo 2^31-19 each'
)
using delta
comment 'What a source file holds of one topic, and what of it landed: figures taken while it was read'
tblproperties (
  'longtail.grain' = 'one row per source file and topic',
  'longtail.ordering' = 'drive_id, file_id, topic',
  'longtail.writer' = 'delta-rs'
);
