with ego as (
  select * from {{ per_drive(ref('int_ego_instants__enriched')) }} as enriched
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

turning as (
  select
    ego.drive_id,
    ego.t_ns,
    ego.yaw_rate_radps > 0 as is_left,
    thresholds.turning_merge_gap_s as merge_gap_s
  from ego
  inner join thresholds on ego.project_id = thresholds.project_id
  where abs(ego.yaw_rate_radps) >= thresholds.turning_min_yaw_rate_radps
),

numbered as (
  {{ islands('turning', 'drive_id, is_left') }}
),

intervals as (
  select
    drive_id,
    is_left,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns
  from numbered
  group by drive_id, is_left, island_index
),

course as (
  select
    ego.*,
    intervals.is_left,
    intervals.t_start_ns,
    intervals.t_end_ns,
    max(abs(ego.yaw_rate_radps)) over (
      partition by intervals.drive_id, intervals.is_left, intervals.t_start_ns
    ) as peak_yaw_rate_radps
  from intervals
  inner join ego on intervals.drive_id = ego.drive_id and ego.t_ns between intervals.t_start_ns and intervals.t_end_ns
),

turns as (
  select
    project_id,
    drive_id,
    is_left,
    t_start_ns,
    t_end_ns,
    min(case when abs(yaw_rate_radps) = peak_yaw_rate_radps then t_ns end) as t_peak_ns,
    {{ exact_sum('yaw_rate_radps') }} as total_yaw_rate_radps,
    max(abs(ay_ego_mps2)) as peak_lateral_acceleration_mps2,
    max(case when is_in_intersection then 1 when not is_in_intersection then 0 end) = 1 as is_in_intersection,
    max(case when t_ns = t_start_ns then s_m end) as s_start_m,
    max(case when t_ns = t_end_ns then s_m end) as s_end_m,
    max(case when t_ns = t_start_ns then x_map_m end) as x_start_map_m,
    max(case when t_ns = t_start_ns then y_map_m end) as y_start_map_m,
    max(case when t_ns = t_start_ns then yaw_map_rad end) as yaw_start_map_rad,
    max(case when t_ns = t_end_ns then x_map_m end) as x_end_map_m,
    max(case when t_ns = t_end_ns then y_map_m end) as y_end_map_m
  from course
  group by project_id, drive_id, is_left, t_start_ns, t_end_ns
)

select
  turns.project_id,
  turns.drive_id,
  turns.is_left,
  turns.t_start_ns,
  turns.t_end_ns,
  turns.t_peak_ns,
  turns.total_yaw_rate_radps * thresholds.events_grid_step_s as heading_change_rad,
  turns.peak_lateral_acceleration_mps2,
  turns.is_in_intersection,
  turns.yaw_start_map_rad,
  turns.s_start_m,
  turns.s_end_m,
  sqrt(
    (turns.x_end_map_m - turns.x_start_map_m) * (turns.x_end_map_m - turns.x_start_map_m)
    + (turns.y_end_map_m - turns.y_start_map_m) * (turns.y_end_map_m - turns.y_start_map_m)
  ) as width_m
from turns
inner join thresholds on turns.project_id = thresholds.project_id
where
  abs(turns.total_yaw_rate_radps) * thresholds.events_grid_step_s >= thresholds.turning_min_heading_change_rad
