with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

behind as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.t_ns,
    related.gap_m,
    related.thw_s,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join thresholds on related.project_id = thresholds.project_id
  where
    related.is_event_role
    and related.is_lead
    and related.object_class <> 'pedestrian'
    and related.s_rel_m <= thresholds.following_max_distance_m + 0.5 * related.length_m
    and abs(related.d_m) < thresholds.following_max_lateral_m
    and related.vx_ego_mps > thresholds.following_min_speed_mps
),

numbered as (
  {{ islands('behind', 'drive_id, track_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    {{ exact_mean('gap_m') }} as mean_gap_m,
    {{ exact_mean('thw_s') }} as mean_thw_s
  from numbered
  group by project_id, drive_id, track_id, island_index
),

found as (
  select
    intervals.*,
    'benign' as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where {{ lasts('intervals', 'thresholds.following_min_duration_s') }}
)

{{ scenario_events('following', extras=['mean_gap_m', 'mean_thw_s']) }}
