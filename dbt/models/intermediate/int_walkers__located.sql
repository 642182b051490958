with objects as (
  select * from {{ per_drive(ref('stg_object_tracks')) }} as tracks
  where object_class = 'pedestrian'
),

ego as (
  select * from {{ per_drive(ref('int_ego_instants__enriched')) }} as enriched
)

select
  objects.project_id,
  objects.drive_id,
  objects.track_id,
  objects.t_ns,
  sqrt(objects.v_s_mps * objects.v_s_mps + objects.v_d_mps * objects.v_d_mps) as speed_mps,
  sqrt(objects.x_ego_m * objects.x_ego_m + objects.y_ego_m * objects.y_ego_m) as range_m,
  objects.x_ego_m > 0 as is_ahead,
  objects.is_on_road,
  objects.crosswalk_distance_m,
  -- only a map that shows crosswalks can say that there is none
  ego.map_source = 'map_elements' as has_crosswalks
from objects
inner join ego
  on objects.drive_id = ego.drive_id and objects.t_ns = ego.t_ns and objects.role = ego.event_role
