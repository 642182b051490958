with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

braking as (
  select
    leads.*,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_leads__decelerated')) }} as leads
  inner join thresholds on leads.project_id = thresholds.project_id
  where
    leads.is_lead
    and leads.acceleration_mps2 < thresholds.lead_hard_brake_trigger_acceleration_mps2
    and leads.thw_s < thresholds.lead_hard_brake_max_thw_s
),

numbered as (
  {{ islands('braking', 'drive_id, track_id') }}
),

hardest as (
  select
    numbered.*,
    min(acceleration_mps2) over (partition by drive_id, track_id, island_index) as least_acceleration_mps2
  from numbered
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(case when acceleration_mps2 = least_acceleration_mps2 then t_ns end) as t_peak_ns,
    -min(acceleration_mps2) as peak_lead_deceleration_mps2,
    -min(required_acceleration_mps2) as max_required_deceleration_mps2
  from hardest
  group by project_id, drive_id, track_id, island_index
),

found as (
  select
    intervals.*,
    case
      when intervals.max_required_deceleration_mps2 >= thresholds.lead_hard_brake_emergency_mps2 then 'emergency'
      when intervals.max_required_deceleration_mps2 >= thresholds.lead_hard_brake_heavy_mps2 then 'heavy_braking'
      when intervals.max_required_deceleration_mps2 >= thresholds.lead_hard_brake_considerable_mps2 then 'considerable'
      else 'reaction'
    end as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where {{ lasts('intervals', 'thresholds.lead_hard_brake_min_duration_s') }}
)

{{ scenario_events('lead_hard_brake', t_peak='t_peak_ns', extras=[
  'peak_lead_deceleration_mps2', 'max_required_deceleration_mps2']) }}
