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

around as (  -- the three instants before and after. Past its ends the first and the last again
  select
    boxes.*,
    coalesce(lag(x_map_m, 1) over track, first_value(x_map_m) over whole) as x_map_m_p1,
    coalesce(lag(x_map_m, 2) over track, first_value(x_map_m) over whole) as x_map_m_p2,
    coalesce(lag(x_map_m, 3) over track, first_value(x_map_m) over whole) as x_map_m_p3,
    coalesce(lead(x_map_m, 1) over track, last_value(x_map_m) over whole) as x_map_m_n1,
    coalesce(lead(x_map_m, 2) over track, last_value(x_map_m) over whole) as x_map_m_n2,
    coalesce(lead(x_map_m, 3) over track, last_value(x_map_m) over whole) as x_map_m_n3,
    coalesce(lag(y_map_m, 1) over track, first_value(y_map_m) over whole) as y_map_m_p1,
    coalesce(lag(y_map_m, 2) over track, first_value(y_map_m) over whole) as y_map_m_p2,
    coalesce(lag(y_map_m, 3) over track, first_value(y_map_m) over whole) as y_map_m_p3,
    coalesce(lead(y_map_m, 1) over track, last_value(y_map_m) over whole) as y_map_m_n1,
    coalesce(lead(y_map_m, 2) over track, last_value(y_map_m) over whole) as y_map_m_n2,
    coalesce(lead(y_map_m, 3) over track, last_value(y_map_m) over whole) as y_map_m_n3
  from boxes
  window
    track as (partition by drive_id, track_id order by t_ns),
    whole as (
      partition by drive_id, track_id order by t_ns
      rows between unbounded preceding and unbounded following
    )
),

triples as (  -- either three in order of size
  select
    around.*,
    least(x_map_m_p1, x_map_m_p2, x_map_m_p3) as x_map_m_p_lo,
    greatest(x_map_m_p1, x_map_m_p2, x_map_m_p3) as x_map_m_p_hi,
    greatest(least(x_map_m_p1, x_map_m_p2), least(greatest(x_map_m_p1, x_map_m_p2), x_map_m_p3)) as x_map_m_p_mid,
    least(x_map_m_n1, x_map_m_n2, x_map_m_n3) as x_map_m_n_lo,
    greatest(x_map_m_n1, x_map_m_n2, x_map_m_n3) as x_map_m_n_hi,
    greatest(least(x_map_m_n1, x_map_m_n2), least(greatest(x_map_m_n1, x_map_m_n2), x_map_m_n3)) as x_map_m_n_mid,
    least(y_map_m_p1, y_map_m_p2, y_map_m_p3) as y_map_m_p_lo,
    greatest(y_map_m_p1, y_map_m_p2, y_map_m_p3) as y_map_m_p_hi,
    greatest(least(y_map_m_p1, y_map_m_p2), least(greatest(y_map_m_p1, y_map_m_p2), y_map_m_p3)) as y_map_m_p_mid,
    least(y_map_m_n1, y_map_m_n2, y_map_m_n3) as y_map_m_n_lo,
    greatest(y_map_m_n1, y_map_m_n2, y_map_m_n3) as y_map_m_n_hi,
    greatest(least(y_map_m_n1, y_map_m_n2), least(greatest(y_map_m_n1, y_map_m_n2), y_map_m_n3)) as y_map_m_n_mid
  from around
),

smoothed as (  -- the median of seven: between the third and the fourth of the six neighbours
  select
    triples.*,
    greatest(
      least(x_map_m_p_hi, greatest(x_map_m_p_mid, x_map_m_n_lo), greatest(x_map_m_p_lo, x_map_m_n_mid), x_map_m_n_hi),
      least(
        x_map_m, greatest(x_map_m_p_hi, x_map_m_n_lo), greatest(x_map_m_p_mid, x_map_m_n_mid),
        greatest(x_map_m_p_lo, x_map_m_n_hi)
      )
    ) as x_smooth_m,
    greatest(
      least(y_map_m_p_hi, greatest(y_map_m_p_mid, y_map_m_n_lo), greatest(y_map_m_p_lo, y_map_m_n_mid), y_map_m_n_hi),
      least(
        y_map_m, greatest(y_map_m_p_hi, y_map_m_n_lo), greatest(y_map_m_p_mid, y_map_m_n_mid),
        greatest(y_map_m_p_lo, y_map_m_n_hi)
      )
    ) as y_smooth_m
  from triples
),

ring as (  -- the outline of each lane of an intersection, counter-clockwise: its right side forward, its left side back
  select
    lane_segment_id, drive_id, x_map_m as x_m, y_map_m as y_m,
    row_number() over (
      partition by drive_id, lane_segment_id
      order by case side when 'right' then vertex_index else 1000000 - vertex_index end
    ) as place,
    count(*) over (partition by drive_id, lane_segment_id) as num_places
  from bronze.map_lanes
  where is_intersection
),

sides as (  -- the side that begins at each vertex: its direction, null where it has no length
  select
    here.drive_id, here.lane_segment_id, here.place, here.num_places, here.x_m, here.y_m,
    coalesce(
      (after.x_m - here.x_m) / nullif(sqrt(power(after.x_m - here.x_m, 2) + power(after.y_m - here.y_m, 2)), 0), 0
    ) as dx,
    coalesce(
      (after.y_m - here.y_m) / nullif(sqrt(power(after.x_m - here.x_m, 2) + power(after.y_m - here.y_m, 2)), 0), 0
    ) as dy
  from ring as here
  inner join ring as after
    on
      here.drive_id = after.drive_id and here.lane_segment_id = after.lane_segment_id
      and after.place = here.place % here.num_places + 1
),

bisected as (
  select
    after.drive_id, after.lane_segment_id, after.place, after.num_places, after.x_m, after.y_m,
    before.dx as before_dx, before.dy as before_dy,
    (before.dy + after.dy) / nullif(sqrt(power(before.dx + after.dx, 2) + power(before.dy + after.dy, 2)), 0) as out_x,
    -(before.dx + after.dx) / nullif(sqrt(power(before.dx + after.dx, 2) + power(before.dy + after.dy, 2)), 0) as out_y
  from sides as after
  inner join sides as before
    on
      after.drive_id = before.drive_id and after.lane_segment_id = before.lane_segment_id
      and after.place = before.place % before.num_places + 1
),

grown as (
  select
    bisected.drive_id, bisected.lane_segment_id, bisected.place, bisected.num_places,
    bisected.x_m + coalesce(out_x * parameters.distance_m / case
      when abs(out_x * before_dy - out_y * before_dx) < 1e-10 then 1 else out_x * before_dy - out_y * before_dx
    end, 0) as x_m,
    bisected.y_m + coalesce(out_y * parameters.distance_m / case
      when abs(out_x * before_dy - out_y * before_dx) < 1e-10 then 1 else out_x * before_dy - out_y * before_dx
    end, 0) as y_m
  from bisected
  cross join parameters
),

edges as (
  select
    here.drive_id, here.lane_segment_id, here.x_m, here.y_m, after.x_m as to_x_m, after.y_m as to_y_m,
    min(here.x_m) over (partition by here.drive_id, here.lane_segment_id) as x_min_m,
    max(here.x_m) over (partition by here.drive_id, here.lane_segment_id) as x_max_m
  from grown as here
  inner join grown as after
    on
      here.drive_id = after.drive_id and here.lane_segment_id = after.lane_segment_id
      and after.place = here.place % here.num_places + 1
),

inside as (  -- a ray to the right leaves the outline an odd number of times
  select smoothed.drive_id, smoothed.track_id, smoothed.t_ns, edges.lane_segment_id
  from smoothed
  inner join edges
    on
      smoothed.drive_id = edges.drive_id
      and smoothed.x_smooth_m between edges.x_min_m and edges.x_max_m
      and smoothed.y_smooth_m > least(edges.y_m, edges.to_y_m)
      and smoothed.y_smooth_m <= greatest(edges.y_m, edges.to_y_m)
  where
    smoothed.x_smooth_m <= edges.x_m
    + (smoothed.y_smooth_m - edges.y_m) * (edges.to_x_m - edges.x_m) / nullif(edges.to_y_m - edges.y_m, 0)
  group by smoothed.drive_id, smoothed.track_id, smoothed.t_ns, edges.lane_segment_id
  having count(*) % 2 = 1
)

select distinct drive_id, track_id, t_ns
from inside
order by drive_id, track_id, t_ns
