create table if not exists silver.input_counts (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  input_table string not null comment 'the bronze table that was read, for example bronze.objects',
  topic string not null comment 'topic or channel name as recorded',
  outcome string not null comment 'decoded, in_track, on_grid or in_map: it is in silver; else why it is not: sent_by_recorder, no_dbc, not_in_dbc, own_vehicle, no_grid_instant, told_before, unknown_kind, no_outline',
  num_rows bigint not null comment 'rows of bronze that ended so; over all outcomes every row once',
  num_tracks bigint not null comment 'distinct (role, track_id) of those rows, each for the first topic that brings it; 0 where there are no tracks'
)
using delta
comment 'What became of the rows of bronze that silver read'
tblproperties (
  'longtail.grain' = 'one row per drive, bronze table, topic and outcome',
  'longtail.ordering' = 'drive_id, input_table, topic, outcome',
  'longtail.writer' = 'spark'
);
