create table if not exists ml.predictions (
  snapshot_id string not null comment 'the snapshot',
  sample_id string not null comment 'as in marts.fct_training_samples',
  model_name string not null comment 'registered model, or the name of a baseline',
  model_version string comment 'version in the registry; null: a baseline',
  split string not null comment 'train, validation or test',
  probability double not null comment 'predicted probability 0..1 that the actor cuts in within 3 s',
  is_positive boolean not null comment 'label'
)
using delta
comment 'A scored sample'
tblproperties (
  'longtail.grain' = 'one row per model version and sample',
  'longtail.ordering' = 'snapshot_id, sample_id',
  'longtail.writer' = 'delta-rs'
);
