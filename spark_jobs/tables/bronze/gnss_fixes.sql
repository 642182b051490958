create table if not exists bronze.gnss_fixes (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'ordinal of the record in its source file, 0-based, in file order',
  topic string not null comment 'topic or channel name as recorded',
  log_time_ns bigint not null comment 'when the recorder stored it, ns UTC as recorded',
  publish_time_ns bigint comment 'when the sender published it, ns; null: not recorded',
  sensor_time_ns bigint comment 'when it was true by the sensor clock (header.stamp), ns as recorded; null: no stamp',
  latitude_deg double comment 'WGS 84, north positive; null: no fix',
  longitude_deg double comment 'WGS 84, east positive; null: no fix',
  altitude_m double comment 'above the WGS 84 ellipsoid; null: no fix',
  fix_status bigint comment 'sensor_msgs/NavSatStatus: -1 no fix, 0 fix, 1 SBAS, 2 GBAS; null: not recorded',
  speed_mps double comment 'speed over ground by the receiver itself; null: not recorded, or in no known unit',
  road_offset_m double comment 'leftward distance from the road that the recorder matched the fix to; null: not matched'
)
using delta
comment 'A GNSS fix as recorded'
tblproperties (
  'longtail.grain' = 'one row per fix',
  'longtail.ordering' = 'drive_id, log_time_ns',
  'longtail.writer' = 'delta-rs'
);
