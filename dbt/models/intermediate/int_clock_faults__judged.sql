with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

models as (
  select
    clocks.*,
    (clocks.offset_ns - lag(clocks.offset_ns) over (
      partition by clocks.drive_id, clocks.topic order by clocks.segment_index
    )) / 1e9 as step_s,
    thresholds.data_quality_max_drift_ppm as max_drift_ppm,
    thresholds.data_quality_max_residual_s as max_residual_s,
    thresholds.data_quality_min_step_s as min_step_s,
    thresholds.data_quality_min_confidence as min_confidence
  from {{ per_drive(ref('stg_clock_models')) }} as clocks
  inner join thresholds on clocks.project_id = thresholds.project_id
)

select
  project_id, drive_id, topic, t_start_ns, t_start_ns as t_end_ns,
  case
    when repair like '%wrap%' then 'clock_wrap'
    when repair like '%leap%' then 'clock_leap'
    else 'clock_step'
  end as kind,
  step_s as value, 's' as unit, min_step_s as threshold,
  case when repair like '%step%' then 'major' else 'info' end as severity,
  reason
from models
where segment_index > 0
union all
select
  project_id, drive_id, topic, t_start_ns, t_end_ns, 'clock_drift' as kind,
  drift_ppm as value, 'ppm' as unit, max_drift_ppm as threshold, 'minor' as severity, reason
from models
where abs(drift_ppm) > max_drift_ppm
union all
select
  project_id, drive_id, topic, t_start_ns, t_end_ns, 'clock_jitter' as kind,
  residual_p95_ns / 1e9 as value, 's' as unit, max_residual_s as threshold, 'minor' as severity, reason
from models
where residual_p95_ns / 1e9 > max_residual_s
union all
select
  project_id, drive_id, topic, t_start_ns, t_end_ns, 'clock_repaired' as kind,
  confidence as value, '1' as unit, min_confidence as threshold,
  case when confidence < min_confidence then 'major' else 'minor' end as severity,
  reason
from models
where is_corrected
