{%- set smoothed = {
  'x_map_m': 'x_smooth_m', 'y_map_m': 'y_smooth_m', 'vx_mps': 'vx_map_mps', 'vy_mps': 'vy_map_mps',
  'ax_mps2': 'ax_map_mps2', 'ay_mps2': 'ay_map_mps2'} -%}
{%- set keys = 'drive_id, role, track_id, x_map_m is null' -%}

with drives as (
  select * from {{ ref('stg_drives') }}
),

objects as (
  select * from {{ per_drive(ref('stg_object_tracks')) }} as tracks
),

ego as (
  select * from {{ per_drive(ref('stg_ego_motion')) }} as motion
),

-- Without a declared size the ego is the box of Argoverse's car, about the origin as in RefAV.
ego_boxes as (
  select
    ego.*,
    coalesce(drives.length_m, thresholds.refav_ego_length_m) / 2 as half_length_m,
    coalesce(drives.width_m, thresholds.refav_ego_width_m) / 2 as half_width_m,
    coalesce(drives.length_m / 2 - drives.rear_axle_to_rear_bumper_m, 0) as centre_m
  from ego
  inner join {{ ref('int_thresholds__pivoted') }} as thresholds on ego.project_id = thresholds.project_id
  left join drives on ego.drive_id = drives.drive_id
),

boxes as (
  select
    project_id, drive_id, role, track_id, t_ns, object_class,
    length_m / 2 as half_length_m, width_m / 2 as half_width_m,
    x_ego_m, y_ego_m, cos(yaw_ego_rad) as ego_cos, sin(yaw_ego_rad) as ego_sin,
    x_map_m, y_map_m, cos(yaw_map_rad) as map_cos, sin(yaw_map_rad) as map_sin
  from objects
  {%- for role in ['onboard', 'reference'] %}
  union all
  select
    project_id, drive_id, '{{ role }}' as role, 'ego' as track_id, t_ns, 'ego' as object_class,
    half_length_m, half_width_m,
    centre_m as x_ego_m, 0 as y_ego_m, 1 as ego_cos, 0 as ego_sin,
    x_map_m + centre_m * cos(yaw_map_rad) as x_map_m, y_map_m + centre_m * sin(yaw_map_rad) as y_map_m,
    cos(yaw_map_rad) as map_cos, sin(yaw_map_rad) as map_sin
  from ego_boxes
  {%- endfor %}
),

-- Instants without a pose (null) are a track of their own: none of them is a neighbour of one with a pose.
moved as (
  select
    boxes.*,
    {{ rate_per_s('x_map_m') }} as vx_mps,
    {{ rate_per_s('y_map_m') }} as vy_mps
  from boxes
  window track as (partition by {{ keys }} order by t_ns)
),

sped as (
  select
    moved.*,
    {{ rate_per_s('vx_mps') }} as ax_mps2,
    {{ rate_per_s('vy_mps') }} as ay_mps2
  from moved
  window track as (partition by {{ keys }} order by t_ns)
),

{{ running_median('sped', smoothed, keys) }}

select
  project_id, drive_id, role, track_id, t_ns, object_class,
  half_length_m, half_width_m, x_ego_m, y_ego_m, ego_cos, ego_sin, x_map_m, y_map_m, map_cos, map_sin,
  x_smooth_m, y_smooth_m, vx_map_mps, vy_map_mps,
  sqrt(vx_map_mps * vx_map_mps + vy_map_mps * vy_map_mps) as speed_mps,
  map_cos * ax_map_mps2 + map_sin * ay_map_mps2 as ax_box_mps2,
  map_cos * ay_map_mps2 - map_sin * ax_map_mps2 as ay_box_mps2,
  sqrt(
    power(max(x_smooth_m) over life - min(x_smooth_m) over life, 2)
    + power(max(y_smooth_m) over life - min(y_smooth_m) over life, 2)
  ) as moved_m
from smooth
window life as (partition by drive_id, role, track_id)
