create table if not exists ml.evaluations (
  evaluation_id string not null comment 'sha256 over model, snapshot, slice and metric',
  model_name string not null comment 'registered model, or the name of a baseline',
  model_version string comment 'version in the registry; null: a baseline or a scenario definition',
  snapshot_id string comment 'snapshot it was scored on; null: scored on truth',
  split string comment 'train, validation or test; null: not a split',
  slice_name string not null comment 'all, light, road_kind, gap, actor_class',
  slice_value string not null comment 'value of the slice',
  metric string not null comment 'for example average_precision, recall, precision, f1, brier',
  value double comment 'value of the metric; null: undefined',
  ci_low double comment 'lower end of the 95 % interval; null: none',
  ci_high double comment 'upper end of the 95 % interval; null: none',
  num_samples bigint not null comment 'samples in the slice',
  num_positives bigint not null comment 'positives in the slice'
)
using delta
comment 'A metric of a model on a slice'
tblproperties (
  'longtail.grain' = 'one row per model version, snapshot, slice and metric',
  'longtail.ordering' = 'evaluation_id',
  'longtail.writer' = 'delta-rs'
);
