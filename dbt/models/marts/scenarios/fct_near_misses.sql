with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

events as (
  select * from {{ per_drive(ref('int_conflicts__merged')) }} as merged
),

-- How the ego vehicle answered, a little before or after the conflict.
responses as (
  select
    events.project_id,
    events.drive_id,
    events.track_id,
    events.t_start_ns,
    events.t_end_ns,
    events.min_gap_m,
    events.pet_s,
    greatest(-min(ego.ax_ego_mps2), 0e0) as response_deceleration_mps2,
    max(abs(ego.ay_ego_mps2)) as peak_lateral_acceleration_mps2
  from events
  inner join {{ per_drive(ref('int_ego_instants__enriched')) }} as ego
    on
      events.drive_id = ego.drive_id
      and ego.t_ns between events.t_start_ns - events.window_ns and events.t_end_ns + events.window_ns
  group by
    events.project_id, events.drive_id, events.track_id, events.t_start_ns, events.t_end_ns, events.min_gap_m,
    events.pet_s
),

found as (
  select
    responses.*,
    case
      when
        response_deceleration_mps2 >= thresholds.near_miss_evasive_braking_mps2
        or peak_lateral_acceleration_mps2 >= thresholds.near_miss_evasive_lateral_mps2 then 'near_crash'
      else 'proximity_conflict'
    end as severity
  from responses
  inner join thresholds on responses.project_id = thresholds.project_id
)

{{ scenario_events(
  'near_miss', extras=['response_deceleration_mps2', 'peak_lateral_acceleration_mps2', 'min_gap_m', 'pet_s']) }}
