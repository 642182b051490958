-- Which road users are within five metres of an intersection, at which instants?
-- Run: longtail sql -f sql/refav/near_intersection.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed centre of the box and the outline of each lane of an intersection, every side of it moved outward.
-- As in RefAV: at a sharp corner the moved sides meet farther away than the distance.
with parameters as (
  select
    'reference' as role,
    5.0 as distance_m
),

ring as (  -- the outline of each lane, counter-clockwise: its right side forward, its left side back
  select
    drive_id, lane_segment_id, case side when 'right' then vertex_index else 1000000 - vertex_index end as place,
    x_map_m as x_m, y_map_m as y_m
  from bronze.map_lanes
  where is_intersection
),

sides as (  -- that begins at a vertex, and that ends there
  select
    ring.*,
    coalesce(lead(x_m) over outline, first_value(x_m) over outline) - x_m as side_x_m,
    coalesce(lead(y_m) over outline, first_value(y_m) over outline) - y_m as side_y_m,
    x_m - coalesce(lag(x_m) over outline, last_value(x_m) over whole) as before_x_m,
    y_m - coalesce(lag(y_m) over outline, last_value(y_m) over whole) as before_y_m
  from ring
  window
    outline as (partition by drive_id, lane_segment_id order by place),
    whole as (
      partition by drive_id, lane_segment_id order by place
      rows between unbounded preceding and unbounded following
    )
),

directions as (  -- 0 where a side has no length
  select
    sides.*,
    coalesce(side_x_m / nullif(sqrt(power(side_x_m, 2) + power(side_y_m, 2)), 0), 0) as dx,
    coalesce(side_y_m / nullif(sqrt(power(side_x_m, 2) + power(side_y_m, 2)), 0), 0) as dy,
    coalesce(before_x_m / nullif(sqrt(power(before_x_m, 2) + power(before_y_m, 2)), 0), 0) as before_dx,
    coalesce(before_y_m / nullif(sqrt(power(before_x_m, 2) + power(before_y_m, 2)), 0), 0) as before_dy
  from sides
),

corners as (  -- bend is 0 where the lane turns back or the side before has no length
  select
    directions.*,
    before_dx * before_dx + before_dy * before_dy + before_dx * dx + before_dy * dy as bend
  from directions
),

grown as (  -- where the moved sides meet
  select
    corners.drive_id, corners.lane_segment_id, corners.place,
    corners.x_m + (before_dy + dy) * distance_m / case when bend < 2e-20 then 1 else bend end as x_m,
    corners.y_m - (before_dx + dx) * distance_m / case when bend < 2e-20 then 1 else bend end as y_m
  from corners
  cross join parameters
),

closed as (
  select
    grown.*,
    coalesce(lead(x_m) over outline, first_value(x_m) over outline) as to_x_m,
    coalesce(lead(y_m) over outline, first_value(y_m) over outline) as to_y_m,
    min(x_m) over (partition by drive_id, lane_segment_id) as area_x_min_m
  from grown
  window outline as (partition by drive_id, lane_segment_id order by place)
),

edges as (
  select
    closed.*, greatest(x_m, to_x_m) as x_max_m, least(y_m, to_y_m) as y_min_m, greatest(y_m, to_y_m) as y_max_m
  from closed
  where y_m <> to_y_m
),

ranges as (  -- where each road user ever is
  select
    boxes.drive_id, boxes.role, boxes.track_id, min(x_smooth_m) as x_min_m, max(x_smooth_m) as x_max_m,
    min(y_smooth_m) as y_min_m, max(y_smooth_m) as y_max_m
  from intermediate.int_road_users__boxed as boxes
  inner join parameters on boxes.role = parameters.role
  group by boxes.drive_id, boxes.role, boxes.track_id
),

near as (  -- the edges that a ray to the right from there may meet
  select ranges.role, ranges.track_id, edges.*
  from ranges
  inner join edges
    on
      ranges.drive_id = edges.drive_id and ranges.x_min_m <= edges.x_max_m and ranges.x_max_m >= edges.area_x_min_m
      and ranges.y_min_m <= edges.y_max_m and ranges.y_max_m > edges.y_min_m
),

inside as (  -- it leaves the outline an odd number of times
  select boxes.drive_id, boxes.track_id, boxes.t_ns, near.lane_segment_id
  from intermediate.int_road_users__boxed as boxes
  inner join near
    on
      boxes.drive_id = near.drive_id and boxes.role = near.role and boxes.track_id = near.track_id
      and boxes.y_smooth_m > near.y_min_m and boxes.y_smooth_m <= near.y_max_m
  where
    boxes.x_smooth_m
    <= near.x_m + (boxes.y_smooth_m - near.y_m) * (near.to_x_m - near.x_m) / (near.to_y_m - near.y_m)
  group by boxes.drive_id, boxes.track_id, boxes.t_ns, near.lane_segment_id
  having count(*) % 2 = 1
)

select distinct drive_id, track_id, t_ns
from inside
order by drive_id, track_id, t_ns
