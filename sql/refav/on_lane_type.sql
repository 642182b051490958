-- Which road users are in a lane for bicycles, at which instants?
-- Run: longtail sql -f sql/refav/on_lane_type.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed centre of the box.
with parameters as (
  select
    'reference' as role,
    'bike' as lane_type
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

ring as (  -- the outline of each lane: its right side forward, its left side back
  select
    lane_segment_id, drive_id, x_map_m as x_m, y_map_m as y_m, is_intersection, lane_type,
    case side when 'right' then vertex_index else 1000000 - vertex_index end as place
  from bronze.map_lanes
),

edges as (
  select
    drive_id, lane_segment_id, x_m, y_m,
    lead(x_m, 1) over ring_order as lead_x_m, lead(y_m, 1) over ring_order as lead_y_m,
    first_value(x_m) over ring_order as first_x_m, first_value(y_m) over ring_order as first_y_m
  from ring
  window ring_order as (partition by drive_id, lane_segment_id order by place)
),

lanes as (
  select
    drive_id, lane_segment_id, max(lane_type) as lane_type, bool_or(is_intersection) as is_intersection,
    min(x_m) as x_min_m, max(x_m) as x_max_m, min(y_m) as y_min_m, max(y_m) as y_max_m
  from ring
  group by drive_id, lane_segment_id
),

near_lanes as (
  select
    smoothed.drive_id, smoothed.track_id, smoothed.t_ns, smoothed.x_smooth_m, smoothed.y_smooth_m,
    lanes.lane_segment_id
  from smoothed
  inner join lanes
    on
      smoothed.drive_id = lanes.drive_id
      and smoothed.x_smooth_m between lanes.x_min_m and lanes.x_max_m
      and smoothed.y_smooth_m between lanes.y_min_m and lanes.y_max_m
),

inside as (  -- a ray to the right leaves the outline an odd number of times
  select near_lanes.drive_id, near_lanes.track_id, near_lanes.t_ns, near_lanes.lane_segment_id
  from near_lanes
  inner join edges on near_lanes.drive_id = edges.drive_id and near_lanes.lane_segment_id = edges.lane_segment_id
  where
    (near_lanes.y_smooth_m > edges.y_m) <> (near_lanes.y_smooth_m > coalesce(edges.lead_y_m, edges.first_y_m))
    and near_lanes.x_smooth_m <= edges.x_m
    + (near_lanes.y_smooth_m - edges.y_m) * (coalesce(edges.lead_x_m, edges.first_x_m) - edges.x_m)
    / nullif(coalesce(edges.lead_y_m, edges.first_y_m) - edges.y_m, 0)
  group by near_lanes.drive_id, near_lanes.track_id, near_lanes.t_ns, near_lanes.lane_segment_id
  having count(*) % 2 = 1
),

counted as (
  select inside.*, count(*) over (partition by drive_id, track_id, lane_segment_id) as num_instants
  from inside
),

led as (
  select counted.*, max(num_instants) over (partition by drive_id, track_id, t_ns) as most_instants
  from counted
),

kept as (
  select
    led.*,
    sum(case when num_instants = most_instants then 1 else 0 end)
      over (partition by drive_id, track_id, lane_segment_id) as num_kept
  from led
),

ranked as (  -- where lanes overlap, the one that the road user is in for longest, then the one that keeps more of that
  select
    kept.*,
    row_number()
      over (partition by drive_id, track_id, t_ns order by num_instants desc, num_kept desc, lane_segment_id)
      as nth_lane
  from kept
)

select ranked.drive_id, ranked.track_id, ranked.t_ns, ranked.lane_segment_id
from ranked
inner join lanes on ranked.drive_id = lanes.drive_id and ranked.lane_segment_id = lanes.lane_segment_id
cross join parameters
where ranked.nth_lane = 1 and lanes.lane_type = parameters.lane_type
order by ranked.drive_id, ranked.track_id, ranked.t_ns
