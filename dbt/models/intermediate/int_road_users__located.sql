with boxes as (
  select * from {{ per_drive(ref('int_road_users__boxed')) }} as road_users
  where x_smooth_m is not null
),

-- The outline of a lane: its right side forward, its left side back.
vertices as (
  select
    drive_id, 'lane' as area_kind, cast(lane_segment_id as string) as area_id,
    case side when 'right' then vertex_index else -1 - vertex_index end as place,
    case side when 'right' then 0 else 1 end as nth_side,
    x_map_m as x_m, y_map_m as y_m, lane_segment_id, lane_type, is_intersection
  from {{ per_drive(ref('stg_map_lanes')) }} as map_lanes
  union all
  select
    drive_id, element_kind as area_kind, element_id as area_id, vertex_index as place, 0 as nth_side,
    x_map_m as x_m, y_map_m as y_m, null as lane_segment_id, null as lane_type, null as is_intersection
  from {{ per_drive(ref('stg_map_elements')) }} as map_elements
  where element_kind = 'road'
),

ring as (
  select
    *,
    coalesce(lead(x_m) over outline, first_value(x_m) over outline) as to_x_m,
    coalesce(lead(y_m) over outline, first_value(y_m) over outline) as to_y_m,
    min(x_m) over (partition by drive_id, area_kind, area_id) as area_x_min_m
  from vertices
  window outline as (partition by drive_id, area_kind, area_id order by nth_side, place)
),

edges as (
  select
    drive_id, area_kind, area_id, lane_segment_id, lane_type, is_intersection, x_m, y_m, to_x_m, to_y_m, area_x_min_m,
    greatest(x_m, to_x_m) as x_max_m, least(y_m, to_y_m) as y_min_m, greatest(y_m, to_y_m) as y_max_m
  from ring
  where y_m <> to_y_m
),

ranges as (
  select
    project_id, drive_id, role, track_id,
    min(x_smooth_m) as x_min_m, max(x_smooth_m) as x_max_m, min(y_smooth_m) as y_min_m, max(y_smooth_m) as y_max_m
  from boxes
  group by project_id, drive_id, role, track_id
),

-- Edges that a ray to the right from a road user may ever meet: far fewer than the map has.
near as (
  select ranges.project_id, ranges.role, ranges.track_id, edges.*
  from ranges
  inner join edges
    on
      ranges.drive_id = edges.drive_id and ranges.x_min_m <= edges.x_max_m and ranges.x_max_m >= edges.area_x_min_m
      and ranges.y_min_m <= edges.y_max_m and ranges.y_max_m > edges.y_min_m
),

-- From inside it leaves the outline an odd number of times.
inside as (
  select
    near.project_id, boxes.drive_id, boxes.role, boxes.track_id, boxes.t_ns, near.area_kind, near.area_id,
    max(near.lane_segment_id) as lane_segment_id, max(near.lane_type) as lane_type,
    bool_or(near.is_intersection) as is_intersection
  from boxes
  inner join near
    on
      boxes.drive_id = near.drive_id and boxes.role = near.role and boxes.track_id = near.track_id
      and boxes.y_smooth_m > near.y_min_m and boxes.y_smooth_m <= near.y_max_m
  where
    boxes.x_smooth_m
    <= near.x_m + (boxes.y_smooth_m - near.y_m) * (near.to_x_m - near.x_m) / (near.to_y_m - near.y_m)
  group by near.project_id, boxes.drive_id, boxes.role, boxes.track_id, boxes.t_ns, near.area_kind, near.area_id
  having count(*) % 2 = 1
),

counted as (
  select inside.*, count(*) over (partition by drive_id, role, track_id, area_kind, area_id) as num_instants
  from inside
),

led as (
  select counted.*, max(num_instants) over (partition by drive_id, role, track_id, area_kind, t_ns) as most_instants
  from counted
),

kept as (
  select
    led.*,
    sum(case when num_instants = most_instants then 1 else 0 end)
      over (partition by drive_id, role, track_id, area_kind, area_id) as num_kept
  from led
)

select
  project_id, drive_id, role, track_id, t_ns, area_kind, area_id, lane_segment_id, lane_type, is_intersection,
  row_number() over (
    partition by drive_id, role, track_id, area_kind, t_ns
    order by num_instants desc, num_kept desc, lane_segment_id, area_id
  ) = 1 as is_own
from kept
