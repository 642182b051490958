with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

close as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.t_ns,
    related.thw_s,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join thresholds on related.project_id = thresholds.project_id
  where
    related.is_event_role
    and related.is_lead
    and related.thw_s < thresholds.tailgating_max_thw_s
    and related.vx_ego_mps > thresholds.tailgating_min_speed_mps
    and abs(related.closing_speed_mps) < thresholds.tailgating_max_relative_speed_mps
),

numbered as (
  {{ islands('close', 'drive_id, track_id') }}
),

nearest as (
  select
    numbered.*,
    min(thw_s) over (partition by drive_id, track_id, island_index) as least_thw_s
  from numbered
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(case when thw_s = least_thw_s then t_ns end) as t_peak_ns,
    min(thw_s) as least_thw_s,
    {{ exact_mean('thw_s') }} as mean_thw_s
  from nearest
  group by project_id, drive_id, track_id, island_index
),

found as (
  select
    intervals.*,
    case
      when intervals.least_thw_s < thresholds.tailgating_severe_thw_s then 'severe'
      when intervals.least_thw_s < thresholds.tailgating_fineable_thw_s then 'fineable'
      else 'close'
    end as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where {{ lasts('intervals', 'thresholds.tailgating_min_duration_s') }}
)

{{ scenario_events('tailgating', t_peak='t_peak_ns', extras=['mean_thw_s']) }}
