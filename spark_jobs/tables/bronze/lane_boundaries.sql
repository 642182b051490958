create table if not exists bronze.lane_boundaries (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  boundary_index bigint not null comment 'position in its message, 0-based',
  side string not null comment 'ego_left, ego_right, next_left or next_right',
  c0_m double not null comment 'y(x) = c0 + c1 x + c2 x^2 + c3 x^3 in the ego frame',
  c1 double not null comment 'slope term, dimensionless',
  c2_1pm double not null comment 'quadratic term, 1/m',
  c3_1pm2 double not null comment 'cubic term, 1/m^2',
  x_min_m double not null comment 'start of the valid range, ego x',
  x_max_m double not null comment 'end of the valid range, ego x',
  boundary_type string comment 'solid, dashed, road_edge or unknown; null: not recorded',
  quality double comment 'confidence 0..1; null: not recorded'
)
using delta
comment 'A lane boundary as a lane camera sends it'
tblproperties (
  'longtail.grain' = 'one row per boundary and message',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
