-- Which road users move at 0.5 m/s or more?
-- Run: longtail sql -f sql/refav/has_velocity.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed velocity over ground, of those only that do not stay within 3 m.
with parameters as (
  select
    'reference' as role,
    0.5 as min_velocity_mps,
    1e9 as max_velocity_mps,
    3.0 as moved_m
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

extents as (
  select
    drive_id, track_id,
    sqrt(power(max(x_smooth_m) - min(x_smooth_m), 2) + power(max(y_smooth_m) - min(y_smooth_m), 2)) as moved_m
  from smoothed
  group by drive_id, track_id
)

select
  smoothed.drive_id, smoothed.track_id, smoothed.t_ns,
  sqrt(power(smoothed.vx_smooth_mps, 2) + power(smoothed.vy_smooth_mps, 2)) as speed_mps
from smoothed
inner join extents on smoothed.drive_id = extents.drive_id and smoothed.track_id = extents.track_id
cross join parameters
where
  extents.moved_m >= parameters.moved_m
  and sqrt(power(smoothed.vx_smooth_mps, 2) + power(smoothed.vy_smooth_mps, 2))
  between parameters.min_velocity_mps and parameters.max_velocity_mps
order by smoothed.drive_id, smoothed.track_id, smoothed.t_ns
