create table if not exists ops.hashed_files (
  source_path string not null comment 'where the file landed, as in ops.ingest_ledger',
  file_id string not null comment 'sha256 (hex) of its bytes when it had these times and this size',
  num_bytes bigint not null comment 'size of the file, bytes',
  modified_at_ns bigint not null comment 'modification time of the file system, ns UTC',
  changed_at_ns bigint not null comment 'change time of the file system (ctime), ns UTC; sees a modification time that was put back',
  inode_id bigint not null comment 'inode number in its file system'
)
using delta
comment 'A landed file that need not be hashed again while size, times and inode stay; can be dropped at any time'
tblproperties (
  'longtail.grain' = 'one row per path',
  'longtail.ordering' = 'source_path',
  'longtail.writer' = 'delta-rs'
);
