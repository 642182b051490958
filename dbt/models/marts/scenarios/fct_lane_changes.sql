with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

found as (
  select
    project_id,
    drive_id,
    track_id,
    t_start_ns,
    t_inside_ns,
    t_end_ns,
    'benign' as severity,
    side > 0 as is_to_left,
    peak_lateral_speed_mps,
    peak_lateral_acceleration_mps2,
    displacement_m as lateral_displacement_m
  from {{ per_drive(ref('int_lane_changes__detected')) }} as detected
)

{{ scenario_events('lane_change', has_actor='or_ego', t_peak='t_inside_ns', extras=[
  'is_to_left', 'lateral_displacement_m', 'peak_lateral_speed_mps', 'peak_lateral_acceleration_mps2']) }}
