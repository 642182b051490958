with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- A hole counts from a fixed length on, and in a slow stream from several of its periods on.
holes as (
  select
    quality.*,
    quality.longest_gap_ns / 1e9 as gap_s,
    greatest(
      thresholds.data_quality_min_gap_s, thresholds.data_quality_gap_periods * quality.period_p50_ns / 1e9
    ) as min_gap_s,
    thresholds.data_quality_major_gap_s as major_gap_s
  from {{ per_drive(ref('stg_stream_quality')) }} as quality
  inner join thresholds on quality.project_id = thresholds.project_id
),

found as (
  select
    project_id, drive_id, topic, gap_start_ns as t_start_ns, gap_end_ns as t_end_ns, 'sensor_gap' as kind,
    gap_s as value, 's' as unit, min_gap_s as threshold,
    case when gap_s >= major_gap_s then 'major' else 'minor' end as severity,
    'no message in this time' as reason
  from holes
  where gap_s > min_gap_s
  union all
  select
    faults.project_id, faults.drive_id, faults.topic, faults.t_start_ns, faults.t_end_ns, faults.kind,
    faults.total_amount as value, '1' as unit, 1e0 as threshold,
    case
      when faults.kind <> 'dropped_seq' then 'info'
      when faults.total_amount / (faults.total_amount + faults.num_messages) > thresholds.data_quality_major_drop_share
        then 'major'
      else 'minor'
    end as severity,
    case faults.kind
      when 'dropped_seq' then 'messages missing by their sequence numbers'
      when 'duplicates' then 'messages stored twice'
      else 'messages stored out of order'
    end as reason
  from {{ per_drive(ref('int_stream_faults__merged')) }} as faults
  inner join thresholds on faults.project_id = thresholds.project_id
  where faults.kind <> 'frame_rate_low'
  union all
  select
    faults.project_id, faults.drive_id, faults.topic, faults.t_start_ns, faults.t_end_ns, faults.kind,
    faults.least_amount as value, '1' as unit, thresholds.data_quality_min_rate_share as threshold,
    'minor' as severity,
    'least share of the usual number of messages in a second' as reason
  from {{ per_drive(ref('int_stream_faults__merged')) }} as faults
  inner join thresholds on faults.project_id = thresholds.project_id
  where faults.kind = 'frame_rate_low' and faults.num_seconds >= thresholds.data_quality_min_rate_seconds
  union all
  select
    project_id, drive_id, topic, t_start_ns, t_end_ns, kind, value, unit, threshold, severity, reason
  from {{ per_drive(ref('int_clock_faults__judged')) }} as clocks
  union all
  select
    sensors.project_id, sensors.drive_id, sensors.sensor_name as topic, sensors.t_start_ns, sensors.t_end_ns,
    'calib_stale' as kind,
    (sensors.t_start_ns - sensors.calibrated_at_ns) / 86400e9 as value, 'd' as unit,
    thresholds.data_quality_max_calibration_days as threshold,
    'minor' as severity,
    'days from the calibration to the drive' as reason
  from {{ per_drive(ref('stg_calibrations')) }} as sensors
  inner join thresholds on sensors.project_id = thresholds.project_id
  where (sensors.t_start_ns - sensors.calibrated_at_ns) / 86400e9 > thresholds.data_quality_max_calibration_days
)

select
  {{ event_id('found.kind', '1', 'found.drive_id', 'found.topic', 'found.t_start_ns') }} as event_id,
  project_id,
  drive_id,
  topic,
  kind,
  t_start_ns,
  t_end_ns,
  severity,
  value,
  unit,
  threshold,
  reason
from found
