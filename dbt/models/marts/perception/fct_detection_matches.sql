with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

objects as (
  select related.*
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join {{ ref('int_drives__profiled') }} as drives on related.drive_id = drives.drive_id
  inner join thresholds on related.project_id = thresholds.project_id
  where
    drives.has_onboard and drives.has_reference and related.is_road_user
    and related.range_m <= thresholds.perception_max_range_m
),

matched as (
  select * from {{ per_drive(ref('int_detections__paired')) }}
),

-- A match once more from each side, so that every object finds it by its own track.
links as (
  select
    matched.*,
    'reference' as role,
    reference_track_id as track_id
  from matched
  union all
  select
    matched.*,
    'onboard' as role,
    onboard_track_id as track_id
  from matched
),

-- The reference stands for both sides of a match: it decides class, place and visibility.
outcomes as (
  select
    objects.*,
    case
      when links.track_id is not null then 'tp'
      when objects.role = 'reference' then 'fn'
      else 'fp'
    end as outcome,
    coalesce(links.onboard_track_id, case when objects.role = 'onboard' then objects.track_id end) as onboard_track_id,
    coalesce(links.reference_track_id, case when objects.role = 'reference' then objects.track_id end)
      as reference_track_id,
    coalesce(links.onboard_object_class, case when objects.role = 'onboard' then objects.object_class end)
      as onboard_object_class,
    coalesce(links.reference_object_class, case when objects.role = 'reference' then objects.object_class end)
      as reference_object_class,
    links.centre_distance_m
  from objects
  left join links
    on
      objects.drive_id = links.drive_id
      and objects.t_ns = links.t_ns
      and objects.role = links.role
      and objects.track_id = links.track_id
)

select
  md5(
    outcomes.drive_id || '|' || cast(t_ns as varchar(64)) || '|' || coalesce(onboard_track_id, '') || '|'
    || coalesce(reference_track_id, '')
  ) as match_id,
  outcomes.project_id,
  outcomes.drive_id,
  t_ns,
  outcome,
  onboard_track_id,
  reference_track_id,
  object_class,
  onboard_object_class,
  reference_object_class,
  range_m,
  case
    when range_m < thresholds.perception_near_m then '0-' || {{ whole('thresholds.perception_near_m') }} || ' m'
    when range_m < thresholds.perception_middle_m
      then {{ whole('thresholds.perception_near_m') }} || '-' || {{ whole('thresholds.perception_middle_m') }} || ' m'
    when range_m < thresholds.perception_far_m
      then {{ whole('thresholds.perception_middle_m') }} || '-' || {{ whole('thresholds.perception_far_m') }} || ' m'
    else {{ whole('thresholds.perception_far_m') }} || '+ m'
  end as distance_bin,
  light,
  weather,
  visibility_pct,
  centre_distance_m,
  coalesce(is_in_path and ttc_s < thresholds.perception_relevant_ttc_s, false) as is_safety_relevant
from outcomes
inner join thresholds on outcomes.project_id = thresholds.project_id
where
  case outcome
    when 'tp' then role = 'reference'
    when 'fn' then coalesce(visibility_pct, 100) >= thresholds.perception_min_visibility_pct
    else true
  end
