with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Somebody crosses the way of the ego vehicle, and who comes second comes soon after the first is gone.
passings as (
  select encounters.*
  from {{ per_drive(ref('int_encounters__measured')) }} as encounters
  inner join thresholds on encounters.project_id = thresholds.project_id
  where encounters.is_crossing and encounters.pet_s < thresholds.near_miss_max_pet_s
),

conflicts as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.t_ns,
    related.gap_m,
    passings.pet_s,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join thresholds on related.project_id = thresholds.project_id
  left join passings
    on
      related.drive_id = passings.drive_id
      and related.track_id = passings.track_id
      and related.t_ns between passings.t_start_ns and passings.t_end_ns
  where
    related.is_event_role
    and related.is_road_user
    and related.vx_ego_mps >= thresholds.near_miss_min_ego_speed_mps
    and (
      passings.pet_s is not null
      or (
        related.is_in_path
        and related.gap_m > 0
        -- an oncoming vehicle that turns crosses the path far ahead of the ego: TTC along it means nothing
        and related.v_s_mps >= -thresholds.near_miss_max_oncoming_speed_mps
        and (related.ttc_s < thresholds.near_miss_max_ttc_s or related.drac_mps2 > thresholds.near_miss_min_drac_mps2)
      )
    )
),

numbered as (
  {{ islands('conflicts', 'drive_id, track_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(gap_m) as min_gap_m,
    min(pet_s) as pet_s
  from numbered
  group by project_id, drive_id, track_id, island_index
)

select
  intervals.project_id,
  intervals.drive_id,
  intervals.track_id,
  intervals.t_start_ns,
  intervals.t_end_ns,
  intervals.min_gap_m,
  intervals.pet_s,
  cast(round(thresholds.near_miss_response_window_s * {{ ns_per_s() }}) as bigint) as window_ns
from intervals
inner join thresholds on intervals.project_id = thresholds.project_id
where {{ lasts('intervals', 'thresholds.near_miss_min_duration_s') }}
