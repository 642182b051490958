create table if not exists bronze.drives (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  vehicle_id string comment 'id of the vehicle; null: not declared',
  vehicle_kind string comment 'car, truck or bus; null: not declared',
  site string comment 'where the fleet is based; null: not declared',
  software_version string comment 'software of the vehicle; null: not declared',
  length_m double comment 'vehicle length; null: not declared',
  width_m double comment 'vehicle width; null: not declared',
  height_m double comment 'vehicle height; null: not declared',
  wheelbase_m double comment 'axle distance; null: not declared',
  rear_axle_to_front_bumper_m double comment 'from the ego origin forward to the front bumper; null: not declared',
  rear_axle_to_rear_bumper_m double comment 'from the ego origin back to the rear bumper, positive; null: not declared',
  declared_started_at_ns bigint comment 'start by drive.json, ns UTC; null: not declared',
  log_clock string not null comment 'epoch of log_time: utc, tai, gps or boot',
  is_declared boolean not null comment 'true when a drive.json came with the drive',
  declaration string comment 'drive.json as it came, JSON text, unknown fields kept; null: none'
)
using delta
comment 'A drive as its landing folder declares it'
tblproperties (
  'longtail.grain' = 'one row per drive',
  'longtail.ordering' = 'drive_id',
  'longtail.writer' = 'delta-rs'
);
