create table if not exists silver.calibrations (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  name string not null comment 'the sensor, as drive.json calls it',
  calibrated_at_ns bigint comment 'when it was calibrated, ns UTC; null: not declared',
  t_start_ns bigint comment 'first instant of the drive that it was used for, reference clock, ns UTC; null: the drive has no records',
  t_end_ns bigint comment 'last such instant, ns UTC; null: the drive has no records',
  declaration string not null comment 'the calibration as declared, JSON text'
)
using delta
comment 'The calibration of a sensor that a drive was recorded with'
tblproperties (
  'longtail.grain' = 'one row per drive and sensor',
  'longtail.ordering' = 'drive_id, name',
  'longtail.writer' = 'spark'
);
