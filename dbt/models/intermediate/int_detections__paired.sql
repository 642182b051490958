{{ config(materialized="view") }}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Only drives with both lists can be compared. The margin lets an object just inside the range match one just outside.
objects as (
  select
    related.*,
    thresholds.perception_max_match_distance_m
  from {{ ref('int_objects__related') }} as related
  inner join {{ ref('int_drives__profiled') }} as drives on related.drive_id = drives.drive_id
  inner join thresholds on related.project_id = thresholds.project_id
  where
    drives.has_onboard and drives.has_reference and related.is_road_user
    and related.range_m <= thresholds.perception_max_range_m + thresholds.perception_max_match_distance_m
),

pairs as (
  select
    onboard.project_id,
    onboard.drive_id,
    onboard.t_ns,
    onboard.track_id as onboard_track_id,
    reference.track_id as reference_track_id,
    onboard.object_class as onboard_object_class,
    reference.object_class as reference_object_class,
    sqrt(
      (onboard.x_ego_m - reference.x_ego_m) * (onboard.x_ego_m - reference.x_ego_m)
      + (onboard.y_ego_m - reference.y_ego_m) * (onboard.y_ego_m - reference.y_ego_m)
    ) as centre_distance_m,
    onboard.perception_max_match_distance_m
  from objects as onboard
  inner join objects as reference
    on
      onboard.role = 'onboard'
      and reference.role = 'reference'
      and onboard.drive_id = reference.drive_id
      and onboard.t_ns = reference.t_ns
      and abs(onboard.x_ego_m - reference.x_ego_m) <= onboard.perception_max_match_distance_m
      and abs(onboard.y_ego_m - reference.y_ego_m) <= onboard.perception_max_match_distance_m
),

ranked as (
  select
    pairs.*,
    row_number() over (
      partition by drive_id, t_ns, onboard_track_id order by centre_distance_m, reference_track_id
    ) as onboard_rank,
    row_number() over (
      partition by drive_id, t_ns, reference_track_id order by centre_distance_m, onboard_track_id
    ) as reference_rank
  from pairs
  where centre_distance_m <= perception_max_match_distance_m
)

select
  project_id,
  drive_id,
  t_ns,
  onboard_track_id,
  reference_track_id,
  onboard_object_class,
  reference_object_class,
  centre_distance_m
from ranked
where onboard_rank = 1 and reference_rank = 1
