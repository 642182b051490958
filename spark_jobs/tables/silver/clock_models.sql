create table if not exists silver.clock_models (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  topic string not null comment 'the stream whose sensor clock is modelled',
  reference_clock string not null comment 'clock everything is mapped to: log (recorder, UTC)',
  t_origin_ns bigint not null comment 'reference time at which offset_ns holds, ns UTC',
  offset_ns bigint not null comment 'reference time minus sensor time at t_origin_ns, after removal of delay when the clock is in step',
  drift_ppm double not null comment 'how much faster the reference clock runs, 1e-6',
  residual_p95_ns bigint not null comment '95th percentile of the absolute residual of the fit',
  delay_p50_ns bigint not null comment 'median of log time minus corrected sensor time: transport delay',
  num_samples bigint not null comment 'messages the model came from',
  is_corrected boolean not null comment 'false: the sensor stamps are trusted as they are'
)
using delta
comment 'How the clock of one stream maps to the reference clock of its drive'
tblproperties (
  'longtail.grain' = 'one row per drive and stream',
  'longtail.ordering' = 'drive_id, topic',
  'longtail.writer' = 'spark'
);
