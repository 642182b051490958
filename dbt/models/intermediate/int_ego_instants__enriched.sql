with ego as (
  select * from {{ per_drive(ref('stg_ego_motion')) }}
),

drives as (
  select * from {{ ref('int_drives__profiled') }}
),

conditions as (
  select * from {{ per_drive(ref('stg_conditions')) }}
)

select
  ego.project_id,
  ego.drive_id,
  ego.t_ns,
  ego.vx_ego_mps,
  ego.v_s_mps,
  ego.ax_ego_mps2,
  ego.ay_ego_mps2,
  ego.s_m,
  ego.yaw_rate_radps,
  ego.x_map_m,
  ego.y_map_m,
  ego.yaw_map_rad,
  ego.speed_limit_mps,
  ego.is_in_intersection,
  ego.lane_turn,
  coalesce(ego.map_source, 'none') as map_source,
  ego.lane_source,
  ego.acceleration_source,
  drives.front_bumper_m,
  drives.ego_width_m,
  drives.event_role,
  coalesce(conditions.light, 'unknown') as light,
  coalesce(conditions.weather, 'unknown') as weather,
  coalesce(conditions.road_kind, 'unknown') as road_kind
from ego
inner join drives on ego.drive_id = drives.drive_id
left join conditions
  on
    ego.drive_id = conditions.drive_id
    and ego.t_ns >= conditions.t_start_ns
    and ego.t_ns < conditions.t_end_ns
