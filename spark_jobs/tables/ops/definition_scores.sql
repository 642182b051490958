create table if not exists ops.definition_scores (
  score_id string not null comment 'sha256 over truth_name, scenario_id, definition_version, definitions_digest and metric',
  truth_name string not null comment 'who made the truth: a name given to it, for example generated fleet or sumo',
  truth_digest string not null comment 'sha256 over its events and windows',
  scenario_id string not null comment 'scenario, as in marts.dim_scenario_definitions',
  definition_version bigint not null comment 'version of the definition that was scored',
  definitions_digest string not null comment 'sha256 over the SQL, macros and seeds that the events follow from',
  metric string not null comment 'recall, precision, f1, mean_overlap, median_start_error_s, p95_start_error_s, or of a parameter: share_within:NAME, median_error:NAME, p95_error:NAME (absolute errors)',
  value double comment 'value of the metric; null: nothing to measure it on',
  ci_low double comment 'lower end of the 95 % interval (Wilson); null: none',
  ci_high double comment 'upper end of the 95 % interval (Wilson); null: none',
  num_samples bigint not null comment 'true events for recall, found ones for precision, pairs for the rest; for f1 hits, misses and false alarms together',
  num_positives bigint not null comment 'of these the hits',
  tolerance_s double not null comment 'starts of a pair differ by at most this, unless the truth says otherwise, s',
  min_overlap double not null comment 'or their intervals overlap by this share (intersection over union), unless the truth says otherwise'
)
using delta
comment 'How well a scenario definition finds what a truth says'
tblproperties (
  'longtail.grain' = 'one row per truth, scenario, definition version, digest of the definitions and metric',
  'longtail.ordering' = 'truth_name, scenario_id, metric',
  'longtail.writer' = 'delta-rs'
);
