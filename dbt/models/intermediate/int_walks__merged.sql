with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

walkers as (
  select * from {{ per_drive(ref('int_walkers__located')) }} as located
),

walking as (
  select
    walkers.*,
    'jaywalking' as scenario_id,
    thresholds.events_merge_gap_s as merge_gap_s
  from walkers
  inner join thresholds on walkers.project_id = thresholds.project_id
  where
    walkers.is_on_road
    and walkers.speed_mps >= thresholds.jaywalking_min_speed_mps
    and walkers.range_m < thresholds.jaywalking_max_range_m
    and walkers.has_crosswalks
    and coalesce(walkers.crosswalk_distance_m > thresholds.jaywalking_min_crosswalk_distance_m, true)
  union all
  select
    walkers.*,
    'ped_crossing' as scenario_id,
    thresholds.events_merge_gap_s as merge_gap_s
  from walkers
  inner join thresholds on walkers.project_id = thresholds.project_id
  where
    walkers.crosswalk_distance_m = 0
    and walkers.speed_mps >= thresholds.ped_crossing_min_speed_mps
    and walkers.range_m < thresholds.ped_crossing_max_range_m
),

numbered as (
  {{ islands('walking', 'scenario_id, drive_id, track_id') }}
),

intervals as (
  select
    scenario_id,
    project_id,
    drive_id,
    track_id,
    island_index,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(range_m) as min_range_m,
    min(crosswalk_distance_m) as min_crosswalk_distance_m,
    max(case when is_ahead then 1 else 0 end) = 1 as is_ahead
  from numbered
  group by scenario_id, project_id, drive_id, track_id, island_index
),

-- Who was first, and by how much, where the way of the walker crosses that of the vehicle.
meetings as (
  select
    intervals.scenario_id,
    intervals.drive_id,
    intervals.track_id,
    intervals.island_index,
    max(case when encounters.is_overlapping then 1 else 0 end) = 1 as is_overlapping,
    min(encounters.pet_s) as pet_s,
    max(case when encounters.is_ego_first then 1 else 0 end) = 1 as is_ego_first
  from intervals
  inner join {{ per_drive(ref('int_encounters__measured')) }} as encounters
    on
      intervals.drive_id = encounters.drive_id
      and intervals.track_id = encounters.track_id
      and intervals.t_start_ns <= encounters.t_end_ns
      and encounters.t_start_ns <= intervals.t_end_ns
  where encounters.is_crossing
  group by intervals.scenario_id, intervals.drive_id, intervals.track_id, intervals.island_index
)

select
  intervals.scenario_id,
  intervals.project_id,
  intervals.drive_id,
  intervals.track_id,
  intervals.t_start_ns,
  intervals.t_end_ns,
  intervals.min_range_m,
  intervals.min_crosswalk_distance_m,
  intervals.is_ahead,
  meetings.drive_id is not null as is_crossing_path,
  meetings.is_overlapping,
  meetings.pet_s,
  meetings.is_ego_first
from intervals
left join meetings
  on
    intervals.scenario_id = meetings.scenario_id
    and intervals.drive_id = meetings.drive_id
    and intervals.track_id = meetings.track_id
    and intervals.island_index = meetings.island_index
