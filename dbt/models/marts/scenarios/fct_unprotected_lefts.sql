with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

encounters as (
  select * from {{ per_drive(ref('int_encounters__measured')) }} as measured
  where is_crossing and object_class in ('car', 'truck', 'bus', 'motorcycle', 'bicycle')
),

objects as (
  select * from {{ per_drive(ref('stg_object_tracks')) }} as tracks
),

-- Encounters where the vehicle turns, also with those that it let pass before.
meetings as (
  select
    turns.project_id,
    turns.drive_id,
    least(turns.t_start_ns, encounters.t_start_ns) as t_start_ns,
    greatest(turns.t_end_ns, encounters.t_end_ns) as t_end_ns,
    turns.heading_change_rad,
    encounters.track_id,
    encounters.is_overlapping,
    encounters.pet_s,
    encounters.is_ego_first,
    objects.yaw_map_rad - turns.yaw_start_map_rad as heading_rad
  from {{ per_drive(ref('int_turns__merged')) }} as turns
  inner join thresholds on turns.project_id = thresholds.project_id
  inner join encounters
    on
      turns.drive_id = encounters.drive_id
      and encounters.conflict_s_m between turns.s_start_m and turns.s_end_m + thresholds.unprotected_left_max_ahead_m
  inner join objects
    on
      encounters.drive_id = objects.drive_id
      and encounters.role = objects.role
      and encounters.track_id = objects.track_id
      and encounters.t_start_ns = objects.t_ns
  where
    turns.is_left
    and turns.is_in_intersection
    and (encounters.is_overlapping or encounters.pet_s <= thresholds.intersection_conflict_max_pet_s)
),

oncoming as (
  select
    meetings.project_id,
    meetings.drive_id,
    meetings.track_id,
    meetings.t_start_ns,
    meetings.t_end_ns,
    meetings.heading_change_rad,
    min(meetings.pet_s) as pet_s,
    max(case when meetings.is_ego_first then 1 else 0 end) = 1 as is_ego_first,
    max(case when meetings.is_overlapping then 1 else 0 end) = 1 as is_overlapping
  from meetings
  inner join thresholds on meetings.project_id = thresholds.project_id
  -- it came from where the vehicle was heading to before it turned
  where cos(meetings.heading_rad) <= -cos(thresholds.unprotected_left_max_off_oncoming_rad)
  group by
    meetings.project_id, meetings.drive_id, meetings.track_id, meetings.t_start_ns, meetings.t_end_ns,
    meetings.heading_change_rad
),

found as (
  select
    oncoming.*,
    {{ pet_band('oncoming') }} as severity
  from oncoming
  inner join thresholds on oncoming.project_id = thresholds.project_id
)

{{ scenario_events('unprotected_left', extras=['heading_change_rad', 'pet_s', 'is_ego_first'], uses_lane=false) }}
