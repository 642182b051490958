create table if not exists silver.can_signals (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  t_ns bigint not null comment 'reference clock, ns UTC',
  bus bigint not null comment 'bus number',
  message_name string not null comment 'message name in the DBC',
  signal_name string not null comment 'signal name in the DBC',
  value double comment 'physical value in the unit beside it; null: not a number',
  unit string comment 'SI unit after conversion; null: none given',
  dbc_unit string comment 'unit as written in the DBC; null: none given',
  value_text string comment 'name of the value from the DBC table; null: not an enumeration',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint not null comment 'frame it came from, as in bronze.can_frames',
  clock_model_id string comment 'row of silver.clock_models that t_ns came from; null: none'
)
using delta
comment 'A decoded signal value of a CAN frame'
tblproperties (
  'longtail.grain' = 'one row per frame and signal',
  'longtail.ordering' = 'drive_id, t_ns',
  'longtail.writer' = 'spark'
);
