{#- The marks of the ego lane beside every vehicle; the ego vehicle is the one with the empty track_id. -#}
{{ config(materialized="view") }}
{%- set order = 'partition by drive_id, track_id order by t_ns' %}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

drives as (
  select * from {{ ref('int_drives__profiled') }}
),

positions as (
  -- Across the lane: along the axle of a vehicle that turns, the marks are farther away.
  select
    ego.project_id, ego.drive_id, '' as track_id, ego.t_ns, ego.v_s_mps, 0e0 as d_m,
    0.5 * drives.ego_width_m as extent_d_m,
    ego.lane_left_y_m * cos(coalesce(ego.lane_yaw_ego_rad, 0e0)) as left_mark_d_m,
    ego.lane_right_y_m * cos(coalesce(ego.lane_yaw_ego_rad, 0e0)) as right_mark_d_m
  from {{ ref('stg_ego_motion') }} as ego
  inner join drives on ego.drive_id = drives.drive_id
  where ego.lane_source <> 'none'
  union all
  -- Who does not drive along the lane is turning or crossing, not changing lane.
  select
    project_id, drive_id, track_id, t_ns, v_s_mps, d_m, extent_d_m, left_mark_d_m, right_mark_d_m
  from {{ ref('int_objects__related') }}
  where is_event_role and is_vehicle and is_same_direction and lane_source <> 'none' and d_m is not null
),

judged as (
  select
    positions.*,
    left_mark_d_m - right_mark_d_m between thresholds.lane_change_min_lane_width_m
    and thresholds.lane_change_max_lane_width_m as is_lane
  from positions
  inner join thresholds on positions.project_id = thresholds.project_id
),

known as (
  select
    judged.*,
    case when is_lane then left_mark_d_m end as lane_left_d_m,
    case when is_lane then right_mark_d_m end as lane_right_d_m
  from judged
),

-- The marks of one of the last three instants, where both were known at the distance of a lane.
remembered as (
  select
    known.*,
    coalesce(
      lag(lane_left_d_m, 1) over ({{ order }}),
      lag(lane_left_d_m, 2) over ({{ order }}),
      lag(lane_left_d_m, 3) over ({{ order }})
    ) as last_left_mark_d_m,
    coalesce(
      lag(lane_right_d_m, 1) over ({{ order }}),
      lag(lane_right_d_m, 2) over ({{ order }}),
      lag(lane_right_d_m, 3) over ({{ order }})
    ) as last_right_mark_d_m
  from known
),

-- When the ego lane changes, one mark may be seen before the other: the one that went on steadily tells of both.
shifted as (
  select
    remembered.*,
    case
      when abs(left_mark_d_m - last_left_mark_d_m) <= abs(right_mark_d_m - last_right_mark_d_m)
        then left_mark_d_m - last_left_mark_d_m
      else right_mark_d_m - last_right_mark_d_m
    end as shift_m
  from remembered
)

select
  project_id, drive_id, track_id, t_ns, v_s_mps, d_m, extent_d_m,
  case when is_lane then left_mark_d_m else last_left_mark_d_m + shift_m end as left_mark_d_m,
  case when is_lane then right_mark_d_m else last_right_mark_d_m + shift_m end as right_mark_d_m
from shifted
where is_lane or shift_m is not null
