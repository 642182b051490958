create table if not exists ml.snapshots (
  snapshot_id string not null comment 'first 16 hex digits of digest',
  name string not null comment 'name given by the person who made it',
  created_at_ns bigint not null comment 'ns UTC',
  query string not null comment 'SQL that chose the members',
  table_versions string not null comment 'JSON: table name to Delta version that was read',
  definition_versions string not null comment 'JSON: scenario_id to definition version',
  num_items bigint not null comment 'members',
  digest string not null comment 'sha256 over the members and their feature values, in order',
  git_commit string comment 'commit of the code; null: not a checkout'
)
using delta
comment 'A pinned dataset'
tblproperties (
  'longtail.grain' = 'one row per snapshot',
  'longtail.ordering' = 'snapshot_id',
  'longtail.writer' = 'delta-rs'
);
