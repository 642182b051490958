with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- From the first to the last that either was in the other's way.
meetings as (
  select
    encounters.*,
    least(encounters.t_start_ns, coalesce(encounters.t_first_exit_ns, encounters.t_start_ns)) as t_from_ns,
    greatest(encounters.t_end_ns, coalesce(encounters.t_second_entry_ns, encounters.t_end_ns)) as t_until_ns
  from {{ per_drive(ref('int_encounters__measured')) }} as encounters
  where
    encounters.is_crossing
    and encounters.object_class in ('car', 'truck', 'bus', 'motorcycle', 'bicycle')
),

-- Onto the grid, so that the start is an instant of the drive.
intervals as (
  select
    meetings.drive_id,
    meetings.track_id,
    meetings.visit_index,
    min(ego.t_ns) as t_start_ns,
    max(ego.t_ns) as t_end_ns,
    max(case when ego.is_in_intersection then 1 when not ego.is_in_intersection then 0 end) = 1 as is_in_intersection
  from meetings
  inner join {{ per_drive(ref('int_ego_instants__enriched')) }} as ego
    on meetings.drive_id = ego.drive_id and ego.t_ns between meetings.t_from_ns and meetings.t_until_ns
  group by meetings.drive_id, meetings.track_id, meetings.visit_index
),

found as (
  select
    meetings.project_id,
    meetings.drive_id,
    meetings.track_id,
    intervals.t_start_ns,
    intervals.t_end_ns,
    meetings.pet_s,
    meetings.is_ego_first,
    meetings.is_from_left,
    meetings.crossing_angle_rad,
    intervals.is_in_intersection,
    {{ pet_band('meetings') }} as severity
  from meetings
  inner join thresholds on meetings.project_id = thresholds.project_id
  inner join intervals
    on
      meetings.drive_id = intervals.drive_id
      and meetings.track_id = intervals.track_id
      and meetings.visit_index = intervals.visit_index
  where meetings.is_overlapping or meetings.pet_s <= thresholds.intersection_conflict_max_pet_s
)

{{ scenario_events(
  'intersection_conflict',
  extras=['pet_s', 'is_ego_first', 'is_from_left', 'crossing_angle_rad', 'is_in_intersection'], uses_lane=false
) }}
