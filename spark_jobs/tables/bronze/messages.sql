create table if not exists bronze.messages (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  schema_name string comment 'message type as recorded; null: the format has none',
  message_encoding string not null comment 'cdr, json, protobuf, ros1, can, feather or other, as recorded',
  stream string comment 'canonical stream it was decoded to; null: indexed only',
  sequence bigint comment 'sequence number as recorded; null: unused',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  chunk_offset bigint comment 'byte offset of the chunk record in the file; null: not chunked',
  payload_offset bigint comment 'byte offset of the payload in the uncompressed chunk, or in the file when not chunked; null: columnar source',
  num_payload_bytes bigint not null comment 'payload size, bytes',
  crc32 bigint not null comment 'CRC-32 (zlib) of the payload; 0 for columnar sources'
)
using delta
comment 'A recorded message: where its bytes are. No payload'
tblproperties (
  'longtail.grain' = 'one row per recorded message',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
