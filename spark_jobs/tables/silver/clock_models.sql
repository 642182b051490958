create table if not exists silver.clock_models (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  clock_model_id string not null comment 'hash of drive, topic and segment; silver rows of one stream name the model they came from',
  topic string not null comment 'the stream whose clock is modelled',
  segment_index bigint not null comment 'a clock that steps or wraps has several models, 0-based in time',
  t_start_ns bigint not null comment 'the model holds for records stored from here on, included, reference clock, ns UTC',
  t_end_ns bigint not null comment 'until here, excluded, reference clock, ns UTC',
  reference_clock string not null comment 'clock everything is mapped to: log (recorder, put on UTC)',
  source_clock string not null comment 'which recorded time was mapped: sensor, or log where the stream has no stamps',
  clock_kind string not null comment 'what that time counts: utc, gps, tai, local_time, wrong_date, counter (since some start) or unknown',
  unit string not null comment 'unit of the recorded number: ns, us, ms or s; anything but ns was converted',
  log_anchor string not null comment 'what tied log time to UTC: recorded (it is UTC, TAI or GPS), gnss, sensor, publish, declared_start, other_file, received, none',
  log_offset_ns bigint not null comment 'reference time minus log time as recorded, at t_start_ns; 0: log time is UTC',
  t_origin_ns bigint not null comment 'reference time at which offset_ns holds, ns UTC',
  offset_ns bigint not null comment 'reference time minus sensor time (in ns) at t_origin_ns, after removal of delay when the clock is in step',
  drift_ppm double not null comment 'how much faster the reference clock runs, 1e-6',
  residual_p95_ns bigint not null comment '95th percentile of the absolute residual of the fit',
  delay_p50_ns bigint not null comment 'median of log time minus corrected sensor time: transport delay',
  num_samples bigint not null comment 'messages the model came from',
  num_strays bigint not null comment 'of these, stamps more than 0.5 s off the model: log time less the delay took their place',
  is_corrected boolean not null comment 'false: the recorded times are trusted as they are',
  repair string not null comment 'none, or what was done, joined by +: anchor, unit, scale, date, offset, step, wrap, leap',
  confidence double not null comment '0..1, how far to trust the absolute time; below 0.5 the time of day is not known',
  reason string not null comment 'one sentence for a person'
)
using delta
comment 'How the clock of one stream maps to the reference clock of its drive'
tblproperties (
  'longtail.grain' = 'one row per drive, stream and segment',
  'longtail.ordering' = 'drive_id, topic, segment_index',
  'longtail.writer' = 'spark'
);
