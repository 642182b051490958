create table if not exists ml.snapshot_items (
  snapshot_id string not null comment 'the snapshot',
  sample_id string not null comment 'as in marts.fct_training_samples',
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  split string not null comment 'train, validation or test: by drive',
  item_digest string not null comment 'sha256 of the sample row as it was'
)
using delta
comment 'A member of a snapshot'
tblproperties (
  'longtail.grain' = 'one row per snapshot and sample',
  'longtail.ordering' = 'snapshot_id, sample_id',
  'longtail.writer' = 'delta-rs'
);
