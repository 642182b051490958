with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

others as (
  select
    related.project_id, related.drive_id, related.track_id, related.t_ns, related.x_map_m as x_m,
    related.y_map_m as y_m, related.v_s_mps * related.v_s_mps + related.v_d_mps * related.v_d_mps as speed_squared
  from {{ per_drive(ref('int_objects__related')) }} as related
  where related.is_event_role and related.is_road_user
),

-- Who stays in one place as long as it is seen stands all that time, also where no instant tells its speed: it is seen
-- for a moment only, or far off the path. A short track must not move faster than one that stands.
lives as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    {{ extent_m('x_m', 'y_m') }} as displacement_m
  from others
  group by project_id, drive_id, track_id
),

parked as (
  select lives.*
  from lives
  inner join thresholds on lives.project_id = thresholds.project_id
  where
    {{ lasts('lives', 'thresholds.stationary_min_life_s') }}
    and lives.displacement_m < thresholds.stationary_max_displacement_m
    and lives.displacement_m
    < thresholds.stationary_max_speed_mps * (lives.t_end_ns - lives.t_start_ns) / {{ ns_per_s() }}
),

-- The ego vehicle (the empty track_id) and every other road user, while they stand.
standing as (
  select
    ego.project_id, ego.drive_id, '' as track_id, ego.t_ns, ego.s_m as x_m, 0e0 as y_m,
    thresholds.stationary_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('stg_ego_motion')) }} as ego
  inner join thresholds on ego.project_id = thresholds.project_id
  where abs(ego.vx_ego_mps) < thresholds.stationary_max_speed_mps
  union all
  select
    others.project_id, others.drive_id, others.track_id, others.t_ns, others.x_m, others.y_m,
    thresholds.stationary_merge_gap_s as merge_gap_s
  from others
  inner join thresholds on others.project_id = thresholds.project_id
  left join parked on others.drive_id = parked.drive_id and others.track_id = parked.track_id
  where
    parked.track_id is null
    and others.speed_squared < thresholds.stationary_max_speed_mps * thresholds.stationary_max_speed_mps
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
    {{ extent_m('x_m', 'y_m') }} as displacement_m
  from numbered
  group by project_id, drive_id, track_id, island_index
),

stops as (
  select intervals.*
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where
    {{ lasts('intervals', 'thresholds.stationary_min_duration_s') }}
    and intervals.displacement_m < thresholds.stationary_max_displacement_m
  union all
  select * from parked
),

found as (
  select
    stops.*,
    (stops.t_end_ns - stops.t_start_ns) / 1e9 as duration_s,
    'benign' as severity
  from stops
)

{{ scenario_events('stationary', has_actor='or_ego', t_peak='t_start_ns', uses_lane=false, extras=[
  'duration_s', 'displacement_m']) }}
