with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Pedestrians and cyclists near the path ahead.
near as (
  select
    related.*,
    abs(related.d_m) - related.extent_d_m - 0.5 * drives.ego_width_m as lateral_distance_m,
    -- in sight and on its way into the path
    coalesce(
      related.visibility_pct > thresholds.occluded_ped_emerging_max_visibility_pct
      and related.d_m * related.v_d_mps < 0
      and abs(related.v_d_mps) >= thresholds.occluded_ped_emerging_min_approach_mps,
      false
    ) as is_coming,
    cast(round(thresholds.occluded_ped_emerging_max_delay_s * {{ ns_per_s() }}) as bigint) as max_delay_ns,
    cast(round(thresholds.occluded_ped_emerging_max_duration_s * {{ ns_per_s() }}) as bigint) as max_duration_ns
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join thresholds on related.project_id = thresholds.project_id
  inner join {{ per_drive(ref('int_drives__profiled')) }} as drives on related.drive_id = drives.drive_id
  where
    related.is_event_role
    and related.object_class in ('pedestrian', 'bicycle')
    and abs(related.d_m) <= 0.5 * drives.ego_width_m + thresholds.occluded_ped_emerging_max_lateral_m
    and related.gap_m <= thresholds.occluded_ped_emerging_max_gap_m
),

candidates as (
  select
    near.*,
    concealed.hidden_by,
    concealed.hidden_s,
    row_number() over (
      partition by near.drive_id, near.track_id, concealed.t_hidden_ns order by near.t_ns, concealed.hidden_by
    ) as coming_rank
  from {{ per_drive(ref('int_pedestrians__concealed')) }} as concealed
  inner join near
    on
      concealed.drive_id = near.drive_id
      and concealed.track_id = near.track_id
      and near.t_ns >= concealed.t_hidden_ns
      and near.t_ns <= concealed.t_hidden_ns + near.max_delay_ns
  where near.is_coming
),

-- Hidden twice within max_delay_s it still emerges once.
emerged as (
  select
    project_id,
    drive_id,
    track_id,
    t_ns as t_start_ns,
    max_duration_ns,
    min(hidden_by) as hidden_by,
    max(hidden_s) as hidden_s,
    max(ttc_s) as ttc_first_visible_s,
    max(lateral_distance_m) as lateral_distance_m,
    max(abs(v_d_mps)) as approach_mps
  from candidates
  where coming_rank = 1
  group by project_id, drive_id, track_id, t_ns, max_duration_ns
),

ends as (
  select
    emerged.drive_id,
    emerged.track_id,
    emerged.t_start_ns,
    max(near.t_ns) as t_end_ns
  from emerged
  inner join near
    on
      emerged.drive_id = near.drive_id
      and emerged.track_id = near.track_id
      and near.t_ns between emerged.t_start_ns and emerged.t_start_ns + emerged.max_duration_ns
  group by emerged.drive_id, emerged.track_id, emerged.t_start_ns
)

select
  emerged.project_id,
  emerged.drive_id,
  emerged.track_id,
  emerged.t_start_ns,
  ends.t_end_ns,
  emerged.hidden_by,
  emerged.hidden_s,
  emerged.ttc_first_visible_s,
  emerged.lateral_distance_m,
  emerged.approach_mps
from emerged
inner join ends
  on
    emerged.drive_id = ends.drive_id
    and emerged.track_id = ends.track_id
    and emerged.t_start_ns = ends.t_start_ns
