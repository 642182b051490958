with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Where each object ahead has been so far: who was seen driving and stopped is a lead, not an obstacle.
objects as (
  select
    related.*,
    related.v_s_mps * related.v_s_mps + related.v_d_mps * related.v_d_mps as speed_squared,
    max(related.v_s_mps * related.v_s_mps + related.v_d_mps * related.v_d_mps) over (
      partition by related.drive_id, related.track_id order by related.t_ns
      rows between unbounded preceding and current row
    ) as max_speed_squared,
    max(related.path_s_rel_m + ego.s_m) over (
      partition by related.drive_id, related.track_id order by related.t_ns
      rows between unbounded preceding and current row
    ) - min(related.path_s_rel_m + ego.s_m) over (
      partition by related.drive_id, related.track_id order by related.t_ns
      rows between unbounded preceding and current row
    ) as displacement_m,
    min(case when related.is_lead then related.gap_m end) over (
      partition by related.drive_id, related.t_ns
    ) as lead_gap_m
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join {{ per_drive(ref('stg_ego_motion')) }} as ego
    on related.drive_id = ego.drive_id and related.t_ns = ego.t_ns
  where related.is_event_role and related.lane_source <> 'none' and related.gap_m is not null
),

blocking as (
  select
    objects.project_id,
    objects.drive_id,
    objects.track_id,
    objects.t_ns,
    objects.vx_ego_mps,
    objects.intrusion_m,
    drives.ego_width_m,
    greatest(
      objects.left_mark_d_m - objects.d_m - objects.extent_d_m,
      objects.d_m - objects.extent_d_m - objects.right_mark_d_m
    ) as free_width_m,
    thresholds.events_merge_gap_s as merge_gap_s
  from objects
  inner join thresholds on objects.project_id = thresholds.project_id
  inner join {{ per_drive(ref('int_drives__profiled')) }} as drives on objects.drive_id = drives.drive_id
  where
    objects.gap_m > 0
    -- behind a lead it is the lead's lane that is blocked
    and objects.gap_m <= coalesce(objects.lead_gap_m, objects.gap_m)
    and objects.gap_m <= thresholds.blocked_lane_max_gap_m
    and objects.intrusion_m > thresholds.cut_in_min_intrusion_m
    and objects.displacement_m < thresholds.stationary_max_displacement_m
    and objects.max_speed_squared
    < thresholds.blocked_lane_max_speed_before_mps * thresholds.blocked_lane_max_speed_before_mps
    and objects.speed_squared < thresholds.stationary_max_speed_mps * thresholds.stationary_max_speed_mps
),

numbered as (
  {{ islands('blocking', 'drive_id, track_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    max(vx_ego_mps) as max_ego_speed_mps,
    {{ exact_mean('intrusion_m') }} as mean_intrusion_m,
    {{ exact_mean('free_width_m') }} as mean_free_width_m,
    max(ego_width_m) as ego_width_m
  from numbered
  group by project_id, drive_id, track_id, island_index
),

found as (
  select
    intervals.*,
    case
      when intervals.mean_free_width_m < intervals.ego_width_m + thresholds.blocked_lane_passing_margin_m then 'blocked'
      else 'partial'
    end as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where
    {{ lasts('intervals', 'thresholds.blocked_lane_min_duration_s') }}
    and intervals.max_ego_speed_mps > thresholds.blocked_lane_min_ego_speed_mps
)

{{ scenario_events('blocked_lane', extras=['mean_intrusion_m', 'mean_free_width_m']) }}
