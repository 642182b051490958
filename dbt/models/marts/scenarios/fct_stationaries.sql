with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- The ego vehicle (the empty track_id) and every road user.
standing as (
  select
    ego.project_id, ego.drive_id, '' as track_id, ego.t_ns, ego.s_m as x_m, 0e0 as y_m,
    thresholds.stationary_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('stg_ego_motion')) }} as ego
  inner join thresholds on ego.project_id = thresholds.project_id
  where abs(ego.vx_ego_mps) < thresholds.stationary_max_speed_mps
  union all
  select
    related.project_id, related.drive_id, related.track_id, related.t_ns, related.x_map_m as x_m,
    related.y_map_m as y_m, thresholds.stationary_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join thresholds on related.project_id = thresholds.project_id
  where
    related.is_event_role
    and related.is_road_user
    and related.v_s_mps * related.v_s_mps + related.v_d_mps * related.v_d_mps
    < thresholds.stationary_max_speed_mps * thresholds.stationary_max_speed_mps
),

numbered as (
  {{ islands('standing', 'drive_id, track_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    sqrt(
      (max(x_m) - min(x_m)) * (max(x_m) - min(x_m)) + (max(y_m) - min(y_m)) * (max(y_m) - min(y_m))
    ) as displacement_m
  from numbered
  group by project_id, drive_id, track_id, island_index
),

found as (
  select
    intervals.*,
    (intervals.t_end_ns - intervals.t_start_ns) / 1e9 as duration_s,
    'benign' as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where
    {{ lasts('intervals', 'thresholds.stationary_min_duration_s') }}
    and intervals.displacement_m < thresholds.stationary_max_displacement_m
)

{{ scenario_events('stationary', has_actor='or_ego', t_peak='t_start_ns', uses_lane=false, extras=[
  'duration_s', 'displacement_m']) }}
