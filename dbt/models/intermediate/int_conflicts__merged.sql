with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

conflicts as (
  select
    related.*,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ ref('int_objects__related') }} as related
  cross join thresholds
  where
    related.is_event_role
    and related.is_road_user
    and related.is_in_path
    and related.gap_m > 0
    -- an oncoming vehicle that turns crosses the path far ahead of the ego: time to collision along it means nothing
    and related.v_s_mps >= -thresholds.near_miss_max_oncoming_speed_mps
    and related.vx_ego_mps >= thresholds.near_miss_min_ego_speed_mps
    and (related.ttc_s < thresholds.near_miss_max_ttc_s or related.drac_mps2 > thresholds.near_miss_min_drac_mps2)
),

numbered as (
  {{ islands('conflicts', 'drive_id, track_id') }}
),

intervals as (
  select
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(ttc_s) as min_ttc_s,
    min(thw_s) as min_thw_s,
    max(drac_mps2) as max_drac_mps2,
    min(gap_m) as min_gap_m
  from numbered
  group by drive_id, track_id, island_index
)

select
  intervals.*,
  start_row.project_id,
  start_row.object_class,
  start_row.role,
  start_row.gap_m,
  start_row.closing_speed_mps,
  start_row.vx_ego_mps,
  start_row.light,
  start_row.weather,
  start_row.road_kind,
  start_row.lane_source,
  thresholds.near_miss_version,
  thresholds.near_miss_evasive_braking_mps2,
  thresholds.near_miss_evasive_lateral_mps2,
  cast(round(thresholds.near_miss_response_window_s * {{ ns_per_s() }}) as bigint) as window_ns,
  case when start_row.role = 'onboard' then thresholds.confidence_onboard else 1e0 end
  * case when start_row.lane_source = 'none' then thresholds.confidence_assumed_lane else 1e0 end as confidence
from intervals
cross join thresholds
inner join conflicts as start_row
  on
    intervals.drive_id = start_row.drive_id
    and intervals.track_id = start_row.track_id
    and intervals.t_start_ns = start_row.t_ns
where {{ lasts('intervals', 'thresholds.near_miss_min_duration_s') }}
