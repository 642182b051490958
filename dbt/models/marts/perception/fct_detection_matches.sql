with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Only drives with both lists can be compared. The margin lets an object just inside the range find a match just outside.
objects as (
  select
    related.*,
    thresholds.perception_max_range_m,
    thresholds.perception_min_visibility_pct,
    thresholds.perception_relevant_ttc_s,
    thresholds.perception_max_match_distance_m
  from {{ ref('int_objects__related') }} as related
  inner join {{ ref('int_drives__profiled') }} as drives on related.drive_id = drives.drive_id
  cross join thresholds
  where
    drives.has_onboard and drives.has_reference and related.is_road_user
    and related.range_m <= thresholds.perception_max_range_m + thresholds.perception_max_match_distance_m
),

onboard as (
  select * from objects
  where role = 'onboard'
),

reference as (
  select * from objects
  where role = 'reference'
),

pairs as (
  select
    onboard.drive_id,
    onboard.t_ns,
    onboard.track_id as onboard_track_id,
    reference.track_id as reference_track_id,
    sqrt(
      (onboard.x_ego_m - reference.x_ego_m) * (onboard.x_ego_m - reference.x_ego_m)
      + (onboard.y_ego_m - reference.y_ego_m) * (onboard.y_ego_m - reference.y_ego_m)
    ) as centre_distance_m,
    onboard.perception_max_match_distance_m
  from onboard
  inner join reference
    on
      onboard.drive_id = reference.drive_id
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
),

matched as (
  select * from ranked
  where onboard_rank = 1 and reference_rank = 1
),

-- The reference decides class, place and visibility where there is one.
outcomes as (
  select
    reference.*,
    case when matched.onboard_track_id is null then 'fn' else 'tp' end as outcome,
    matched.onboard_track_id,
    reference.track_id as reference_track_id,
    onboard.object_class as onboard_object_class,
    reference.object_class as reference_object_class,
    matched.centre_distance_m
  from reference
  left join matched
    on
      reference.drive_id = matched.drive_id
      and reference.t_ns = matched.t_ns
      and reference.track_id = matched.reference_track_id
  left join onboard
    on
      matched.drive_id = onboard.drive_id
      and matched.t_ns = onboard.t_ns
      and matched.onboard_track_id = onboard.track_id
  where matched.onboard_track_id is not null or coalesce(reference.visibility_pct, 100) >= reference.perception_min_visibility_pct
  union all
  select
    onboard.*,
    'fp' as outcome,
    onboard.track_id as onboard_track_id,
    cast(null as string) as reference_track_id,
    onboard.object_class as onboard_object_class,
    cast(null as string) as reference_object_class,
    cast(null as double) as centre_distance_m
  from onboard
  left join matched
    on
      onboard.drive_id = matched.drive_id
      and onboard.t_ns = matched.t_ns
      and onboard.track_id = matched.onboard_track_id
  where matched.onboard_track_id is null
)

select
  md5(
    drive_id || '|' || cast(t_ns as varchar(64)) || '|' || coalesce(onboard_track_id, '') || '|'
    || coalesce(reference_track_id, '')
  ) as match_id,
  project_id,
  drive_id,
  t_ns,
  outcome,
  onboard_track_id,
  reference_track_id,
  object_class,
  onboard_object_class,
  reference_object_class,
  range_m,
  case
    when range_m < 20 then '0-20 m'
    when range_m < 40 then '20-40 m'
    when range_m < 60 then '40-60 m'
    else '60+ m'
  end as distance_bin,
  light,
  weather,
  visibility_pct,
  centre_distance_m,
  coalesce(is_in_path and ttc_s < perception_relevant_ttc_s, false) as is_safety_relevant
from outcomes
where range_m <= perception_max_range_m
