-- Which road users head the other way than another one?
-- Run: longtail sql -f sql/refav/heading_in_relative_direction_to.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- `direction`: same (up to 45 degrees apart), perpendicular, or opposite (135 and more). Where one heads is the way of
-- its smoothed velocity; for one that stands while the other moves the way of its box, things that cannot move aside.
with parameters as (
  select
    'reference' as role,
    'any' as track_classes,
    'ego pedestrian' as related_classes,
    'opposite' as direction
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

moved as (  -- velocity in the map from the instant before to the one after
  select
    boxes.*,
    coalesce((coalesce(lead(x_map_m, 1) over track, x_map_m) - coalesce(lag(x_map_m, 1) over track, x_map_m)) * 1e9
    / nullif(coalesce(lead(t_ns, 1) over track, t_ns) - coalesce(lag(t_ns, 1) over track, t_ns), 0), 0) as vx_mps,
    coalesce((coalesce(lead(y_map_m, 1) over track, y_map_m) - coalesce(lag(y_map_m, 1) over track, y_map_m)) * 1e9
    / nullif(coalesce(lead(t_ns, 1) over track, t_ns) - coalesce(lag(t_ns, 1) over track, t_ns), 0), 0) as vy_mps
  from boxes
  window track as (partition by drive_id, track_id order by t_ns)
),

around as (  -- the three instants before and after. Past its ends the first and the last again
  select
    moved.*,
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
    coalesce(lead(y_map_m, 3) over track, last_value(y_map_m) over whole) as y_map_m_n3,
    coalesce(lag(vx_mps, 1) over track, first_value(vx_mps) over whole) as vx_mps_p1,
    coalesce(lag(vx_mps, 2) over track, first_value(vx_mps) over whole) as vx_mps_p2,
    coalesce(lag(vx_mps, 3) over track, first_value(vx_mps) over whole) as vx_mps_p3,
    coalesce(lead(vx_mps, 1) over track, last_value(vx_mps) over whole) as vx_mps_n1,
    coalesce(lead(vx_mps, 2) over track, last_value(vx_mps) over whole) as vx_mps_n2,
    coalesce(lead(vx_mps, 3) over track, last_value(vx_mps) over whole) as vx_mps_n3,
    coalesce(lag(vy_mps, 1) over track, first_value(vy_mps) over whole) as vy_mps_p1,
    coalesce(lag(vy_mps, 2) over track, first_value(vy_mps) over whole) as vy_mps_p2,
    coalesce(lag(vy_mps, 3) over track, first_value(vy_mps) over whole) as vy_mps_p3,
    coalesce(lead(vy_mps, 1) over track, last_value(vy_mps) over whole) as vy_mps_n1,
    coalesce(lead(vy_mps, 2) over track, last_value(vy_mps) over whole) as vy_mps_n2,
    coalesce(lead(vy_mps, 3) over track, last_value(vy_mps) over whole) as vy_mps_n3
  from moved
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
    greatest(least(y_map_m_n1, y_map_m_n2), least(greatest(y_map_m_n1, y_map_m_n2), y_map_m_n3)) as y_map_m_n_mid,
    least(vx_mps_p1, vx_mps_p2, vx_mps_p3) as vx_mps_p_lo,
    greatest(vx_mps_p1, vx_mps_p2, vx_mps_p3) as vx_mps_p_hi,
    greatest(least(vx_mps_p1, vx_mps_p2), least(greatest(vx_mps_p1, vx_mps_p2), vx_mps_p3)) as vx_mps_p_mid,
    least(vx_mps_n1, vx_mps_n2, vx_mps_n3) as vx_mps_n_lo,
    greatest(vx_mps_n1, vx_mps_n2, vx_mps_n3) as vx_mps_n_hi,
    greatest(least(vx_mps_n1, vx_mps_n2), least(greatest(vx_mps_n1, vx_mps_n2), vx_mps_n3)) as vx_mps_n_mid,
    least(vy_mps_p1, vy_mps_p2, vy_mps_p3) as vy_mps_p_lo,
    greatest(vy_mps_p1, vy_mps_p2, vy_mps_p3) as vy_mps_p_hi,
    greatest(least(vy_mps_p1, vy_mps_p2), least(greatest(vy_mps_p1, vy_mps_p2), vy_mps_p3)) as vy_mps_p_mid,
    least(vy_mps_n1, vy_mps_n2, vy_mps_n3) as vy_mps_n_lo,
    greatest(vy_mps_n1, vy_mps_n2, vy_mps_n3) as vy_mps_n_hi,
    greatest(least(vy_mps_n1, vy_mps_n2), least(greatest(vy_mps_n1, vy_mps_n2), vy_mps_n3)) as vy_mps_n_mid
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
    ) as y_smooth_m,
    greatest(
      least(vx_mps_p_hi, greatest(vx_mps_p_mid, vx_mps_n_lo), greatest(vx_mps_p_lo, vx_mps_n_mid), vx_mps_n_hi),
      least(
        vx_mps, greatest(vx_mps_p_hi, vx_mps_n_lo), greatest(vx_mps_p_mid, vx_mps_n_mid),
        greatest(vx_mps_p_lo, vx_mps_n_hi)
      )
    ) as vx_smooth_mps,
    greatest(
      least(vy_mps_p_hi, greatest(vy_mps_p_mid, vy_mps_n_lo), greatest(vy_mps_p_lo, vy_mps_n_mid), vy_mps_n_hi),
      least(
        vy_mps, greatest(vy_mps_p_hi, vy_mps_n_lo), greatest(vy_mps_p_mid, vy_mps_n_mid),
        greatest(vy_mps_p_lo, vy_mps_n_hi)
      )
    ) as vy_smooth_mps
  from triples
),

headings as (
  select
    drive_id, track_id, t_ns, object_class, vx_smooth_mps as vx_mps, vy_smooth_mps as vy_mps,
    sqrt(vx_smooth_mps * vx_smooth_mps + vy_smooth_mps * vy_smooth_mps) as speed_mps,
    object_class not in ('static', 'other') as has_will,
    x_map_m + map_cos - x_smooth_m as ahead_x_m, y_map_m + map_sin - y_smooth_m as ahead_y_m
  from smoothed
),

chosen as (  -- who is asked about
  select headings.*
  from headings
  cross join parameters
  where parameters.track_classes = 'any' or position(headings.object_class in parameters.track_classes) > 0
),

others as (  -- and with regard to whom
  select headings.*
  from headings
  cross join parameters
  where parameters.related_classes = 'any' or position(headings.object_class in parameters.related_classes) > 0
),

pairs as (
  select
    track.drive_id, track.track_id, related.track_id as related_track_id, track.t_ns,
    track.speed_mps < 1 and track.has_will and related.speed_mps > 1 as stands_itself,
    related.speed_mps < 1 and related.has_will and track.speed_mps > 0.5 as other_stands,
    track.speed_mps, track.vx_mps, track.vy_mps, track.ahead_x_m, track.ahead_y_m,
    related.speed_mps as related_speed_mps,
    related.vx_mps as related_vx_mps, related.vy_mps as related_vy_mps,
    related.ahead_x_m as related_ahead_x_m, related.ahead_y_m as related_ahead_y_m
  from chosen as track
  inner join others as related
    on track.drive_id = related.drive_id and track.t_ns = related.t_ns and track.track_id <> related.track_id
),

ways as (
  select
    pairs.*,
    case when stands_itself then ahead_x_m else vx_mps end as x,
    case when stands_itself then ahead_y_m else vy_mps end as y,
    case when other_stands and not stands_itself then related_ahead_x_m else related_vx_mps end as related_x,
    case when other_stands and not stands_itself then related_ahead_y_m else related_vy_mps end as related_y
  from pairs
  where stands_itself or other_stands or (speed_mps >= 1 and related_speed_mps >= 1)
),

apart as (
  select ways.*, abs(degrees(atan2(x * related_y - y * related_x, x * related_x + y * related_y))) as apart_deg
  from ways
)

select apart.drive_id, apart.track_id, apart.related_track_id, apart.t_ns, apart.apart_deg
from apart
cross join parameters
where
  case parameters.direction
    when 'same' then apart.apart_deg <= 45
    when 'perpendicular' then apart.apart_deg > 45 and apart.apart_deg < 135
    when 'opposite' then apart.apart_deg >= 135
  end
order by apart.drive_id, apart.track_id, apart.related_track_id, apart.t_ns
