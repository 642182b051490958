-- Which road users are on a crosswalk or within a metre of one?
-- Run: longtail sql -f sql/refav/at_pedestrian_crossing.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- A box and the crosswalk's outline with every side moved outward overlap unless one of their sides parts them.
-- `clockwise_shrinks`: RefAV moves the sides of outlines that are listed clockwise inward, and so does true.
with parameters as (
  select
    'reference' as role,
    1.0 as within_distance_m,
    false as clockwise_shrinks
),

own as (  -- the ego's box. Without a declared size: that of Argoverse's car, about the origin as in RefAV
  select
    drive_id, coalesce(length_m, 4.877) / 2 as half_length_m, coalesce(width_m, 2.0) / 2 as half_width_m,
    coalesce(length_m / 2 - rear_axle_to_rear_bumper_m, 0) as centre_m
  from bronze.drives
),

boxes as (  -- every road user at every instant, the ego too
  select
    objects.drive_id, objects.t_ns, objects.track_id, objects.object_class,
    objects.length_m / 2 as half_length_m, objects.width_m / 2 as half_width_m,
    objects.x_ego_m, objects.y_ego_m, cos(objects.yaw_ego_rad) as ego_cos, sin(objects.yaw_ego_rad) as ego_sin,
    objects.x_map_m, objects.y_map_m, cos(objects.yaw_map_rad) as map_cos, sin(objects.yaw_map_rad) as map_sin
  from silver.object_tracks as objects
  cross join parameters
  where objects.role = parameters.role
  union all
  select
    ego.drive_id, ego.t_ns, 'ego' as track_id, 'ego' as object_class, own.half_length_m, own.half_width_m,
    own.centre_m as x_ego_m, 0 as y_ego_m, 1 as ego_cos, 0 as ego_sin,
    ego.x_map_m + own.centre_m * cos(ego.yaw_map_rad) as x_map_m,
    ego.y_map_m + own.centre_m * sin(ego.yaw_map_rad) as y_map_m,
    cos(ego.yaw_map_rad) as map_cos, sin(ego.yaw_map_rad) as map_sin
  from silver.ego_motion as ego
  inner join own on ego.drive_id = own.drive_id
),

ring as (
  select
    drive_id, element_id, x_map_m as x_m, y_map_m as y_m,
    row_number() over (partition by drive_id, element_id order by vertex_index) as place,
    count(*) over (partition by drive_id, element_id) as num_places
  from bronze.map_elements
  where kind = 'crosswalk'
),

sides as (  -- the side that begins at each vertex: its direction, and twice the area it adds
  select
    here.drive_id, here.element_id, here.place, here.num_places, here.x_m, here.y_m,
    (after.x_m - here.x_m) / sqrt(power(after.x_m - here.x_m, 2) + power(after.y_m - here.y_m, 2)) as dx,
    (after.y_m - here.y_m) / sqrt(power(after.x_m - here.x_m, 2) + power(after.y_m - here.y_m, 2)) as dy,
    sum(here.x_m * after.y_m - after.x_m * here.y_m) over (partition by here.drive_id, here.element_id) as area_m2
  from ring as here
  inner join ring as after
    on
      here.drive_id = after.drive_id and here.element_id = after.element_id
      and after.place = here.place % here.num_places + 1
  where here.x_m <> after.x_m or here.y_m <> after.y_m
),

grown as (  -- where the moved sides meet
  select
    after.drive_id, after.element_id, after.place, after.dx, after.dy,
    case when after.area_m2 < 0 and not parameters.clockwise_shrinks then -1 else 1 end
    * parameters.within_distance_m / nullif(1 + before.dx * after.dx + before.dy * after.dy, 0) as reach_m,
    after.x_m, after.y_m, before.dx + after.dx as sum_dx, before.dy + after.dy as sum_dy
  from sides as after
  inner join sides as before
    on
      after.drive_id = before.drive_id and after.element_id = before.element_id
      and after.place = before.place % before.num_places + 1
  cross join parameters
),

vertices as (
  select
    drive_id, element_id, dx, dy, x_m + reach_m * sum_dy as x_m, y_m - reach_m * sum_dx as y_m,
    avg(x_m) over (partition by drive_id, element_id) as centre_x_m,
    avg(y_m) over (partition by drive_id, element_id) as centre_y_m
  from grown
),

crosswalks as (
  select
    drive_id, element_id, centre_x_m, centre_y_m,
    max(power(x_m - centre_x_m, 2) + power(y_m - centre_y_m, 2)) as r2_m2
  from vertices
  group by drive_id, element_id, centre_x_m, centre_y_m
),

near as (
  select
    boxes.drive_id, boxes.track_id, boxes.t_ns, boxes.x_map_m, boxes.y_map_m, boxes.map_cos, boxes.map_sin,
    boxes.half_length_m, boxes.half_width_m, crosswalks.element_id
  from boxes
  inner join crosswalks
    on
      boxes.drive_id = crosswalks.drive_id
      and power(boxes.x_map_m - crosswalks.centre_x_m, 2) + power(boxes.y_map_m - crosswalks.centre_y_m, 2)
      <= power(sqrt(crosswalks.r2_m2) + boxes.half_length_m + boxes.half_width_m, 2)
),

by_box as (  -- the crosswalk along the axes of the box
  select
    near.drive_id, near.track_id, near.t_ns, near.element_id
  from near
  inner join vertices on near.drive_id = vertices.drive_id and near.element_id = vertices.element_id
  group by near.drive_id, near.track_id, near.t_ns, near.element_id
  having
    min(map_cos * (x_m - x_map_m) + map_sin * (y_m - y_map_m) - half_length_m) <= 0
    and max(map_cos * (x_m - x_map_m) + map_sin * (y_m - y_map_m) + half_length_m) >= 0
    and min(map_cos * (y_m - y_map_m) - map_sin * (x_m - x_map_m) - half_width_m) <= 0
    and max(map_cos * (y_m - y_map_m) - map_sin * (x_m - x_map_m) + half_width_m) >= 0
),

by_side as (  -- the box across each side of the crosswalk: its centre and half extent beside those of the vertices
  select
    near.drive_id, near.track_id, near.t_ns, near.element_id, side.dx, side.dy,
    min(side.dy * (vertices.x_m - near.x_map_m) - side.dx * (vertices.y_m - near.y_map_m)) as from_m,
    max(side.dy * (vertices.x_m - near.x_map_m) - side.dx * (vertices.y_m - near.y_map_m)) as to_m,
    max(near.half_length_m * abs(side.dy * near.map_cos - side.dx * near.map_sin)
    + near.half_width_m * abs(side.dy * near.map_sin + side.dx * near.map_cos)) as extent_m
  from near
  inner join vertices as side on near.drive_id = side.drive_id and near.element_id = side.element_id
  inner join vertices on near.drive_id = vertices.drive_id and near.element_id = vertices.element_id
  group by near.drive_id, near.track_id, near.t_ns, near.element_id, side.dx, side.dy
),

touching as (
  select drive_id, track_id, t_ns, element_id
  from by_side
  group by drive_id, track_id, t_ns, element_id
  having bool_and(from_m <= extent_m and to_m >= -extent_m)
)

select distinct by_box.drive_id, by_box.track_id, by_box.t_ns
from by_box
inner join touching
  on
    by_box.drive_id = touching.drive_id and by_box.track_id = touching.track_id
    and by_box.t_ns = touching.t_ns and by_box.element_id = touching.element_id
order by by_box.drive_id, by_box.track_id, by_box.t_ns
