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

ring as (  -- each vertex and the side that begins there
  select
    drive_id, element_id, vertex_index, x_map_m as x_m, y_map_m as y_m,
    coalesce(lead(x_map_m) over outline, first_value(x_map_m) over outline) - x_map_m as side_x_m,
    coalesce(lead(y_map_m) over outline, first_value(y_map_m) over outline) - y_map_m as side_y_m
  from bronze.map_elements
  where kind = 'crosswalk'
  window outline as (partition by drive_id, element_id order by vertex_index)
),

sides as (
  select
    drive_id, element_id, vertex_index, x_m, y_m,
    side_x_m / sqrt(side_x_m * side_x_m + side_y_m * side_y_m) as dx,
    side_y_m / sqrt(side_x_m * side_x_m + side_y_m * side_y_m) as dy,
    sum(x_m * side_y_m - y_m * side_x_m) over (partition by drive_id, element_id) as twice_area_m2
  from ring
  where side_x_m <> 0 or side_y_m <> 0
),

corners as (
  select
    sides.*,
    coalesce(lag(dx) over outline, first_value(dx) over backwards) as before_dx,
    coalesce(lag(dy) over outline, first_value(dy) over backwards) as before_dy
  from sides
  window
    outline as (partition by drive_id, element_id order by vertex_index),
    backwards as (partition by drive_id, element_id order by vertex_index desc)
),

reaches as (
  select
    corners.*,
    case when corners.twice_area_m2 < 0 and not parameters.clockwise_shrinks then -1 else 1 end
    * parameters.within_distance_m / nullif(1 + before_dx * dx + before_dy * dy, 0) as reach_m
  from corners
  cross join parameters
),

grown as (  -- where the moved sides meet
  select
    drive_id, element_id, dx, dy, x_m + reach_m * (before_dy + dy) as x_m, y_m - reach_m * (before_dx + dx) as y_m
  from reaches
),

outlines as (  -- and from where to where the crosswalk lies across each side
  select
    side.drive_id, side.element_id, side.dx, side.dy, side.x_m, side.y_m,
    min(side.dy * grown.x_m - side.dx * grown.y_m) as from_m, max(side.dy * grown.x_m - side.dx * grown.y_m) as to_m,
    min(grown.x_m) as x_min_m, max(grown.x_m) as x_max_m, min(grown.y_m) as y_min_m, max(grown.y_m) as y_max_m
  from grown as side
  inner join grown on side.drive_id = grown.drive_id and side.element_id = grown.element_id
  group by side.drive_id, side.element_id, side.dx, side.dy, side.x_m, side.y_m
),

touching as (  -- neither along the axes of the box nor across a side of the crosswalk do they lie apart
  select boxes.drive_id, boxes.track_id, boxes.t_ns, outlines.element_id
  from intermediate.int_road_users__boxed as boxes
  inner join outlines
    on
      boxes.drive_id = outlines.drive_id
      and boxes.x_map_m >= outlines.x_min_m - boxes.half_length_m - boxes.half_width_m
      and boxes.x_map_m <= outlines.x_max_m + boxes.half_length_m + boxes.half_width_m
      and boxes.y_map_m >= outlines.y_min_m - boxes.half_length_m - boxes.half_width_m
      and boxes.y_map_m <= outlines.y_max_m + boxes.half_length_m + boxes.half_width_m
  cross join parameters
  where boxes.role = parameters.role
  group by boxes.drive_id, boxes.track_id, boxes.t_ns, outlines.element_id
  having
    min(map_cos * (x_m - x_map_m) + map_sin * (y_m - y_map_m) - half_length_m) <= 0
    and max(map_cos * (x_m - x_map_m) + map_sin * (y_m - y_map_m) + half_length_m) >= 0
    and min(map_cos * (y_m - y_map_m) - map_sin * (x_m - x_map_m) - half_width_m) <= 0
    and max(map_cos * (y_m - y_map_m) - map_sin * (x_m - x_map_m) + half_width_m) >= 0
    and max(
      abs(dy * x_map_m - dx * y_map_m - (from_m + to_m) / 2) - (to_m - from_m) / 2
      - half_length_m * abs(dy * map_cos - dx * map_sin) - half_width_m * abs(dy * map_sin + dx * map_cos)
    ) <= 0
)

select distinct drive_id, track_id, t_ns
from touching
order by drive_id, track_id, t_ns
