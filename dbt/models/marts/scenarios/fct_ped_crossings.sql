with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

crossing as (
  select
    walkers.*,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_walkers__located')) }} as walkers
  inner join thresholds on walkers.project_id = thresholds.project_id
  where
    walkers.crosswalk_distance_m = 0
    and walkers.speed_mps >= thresholds.ped_crossing_min_speed_mps
    and walkers.range_m < thresholds.ped_crossing_max_range_m
),

numbered as (
  {{ islands('crossing', 'drive_id, track_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    island_index,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(range_m) as min_range_m,
    max(case when is_ahead then 1 else 0 end) = 1 as is_ahead
  from numbered
  group by project_id, drive_id, track_id, island_index
),

-- Who was first, and by how much, where the way of the walker crosses that of the vehicle.
meetings as (
  select
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
  group by intervals.drive_id, intervals.track_id, intervals.island_index
),

found as (
  select
    intervals.project_id,
    intervals.drive_id,
    intervals.track_id,
    intervals.t_start_ns,
    intervals.t_end_ns,
    intervals.min_range_m,
    meetings.pet_s,
    meetings.is_ego_first,
    {{ pet_band('meetings') }} as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  inner join meetings
    on
      intervals.drive_id = meetings.drive_id
      and intervals.track_id = meetings.track_id
      and intervals.island_index = meetings.island_index
  where {{ lasts('intervals', 'thresholds.ped_crossing_min_duration_s') }} and intervals.is_ahead
)

{{ scenario_events('ped_crossing', extras=['min_range_m', 'pet_s', 'is_ego_first'], uses_lane=false) }}
