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
  union all
  -- where no lane is known: the ego vehicle's own, by the track of its receivers
  select
    project_id,
    drive_id,
    '' as track_id,
    t_start_ns,
    t_cross_ns as t_inside_ns,
    t_end_ns,
    'benign' as severity,
    is_left as is_to_left,
    cast(null as double) as peak_lateral_speed_mps,
    cast(null as double) as peak_lateral_acceleration_mps2,
    lateral_shift_m as lateral_displacement_m
  from {{ per_drive(ref('int_ego_lane_changes__from_course')) }} as by_course
)

{{ scenario_events('lane_change', has_actor='or_ego', t_peak='t_inside_ns', extras=[
  'is_to_left', 'lateral_displacement_m', 'peak_lateral_speed_mps', 'peak_lateral_acceleration_mps2']) }}
