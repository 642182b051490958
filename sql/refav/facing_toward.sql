-- Which road users face another one within 50 m?
-- Run: longtail sql -f sql/refav/facing_toward.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- Facing: the smoothed place of the other one lies within 22.5 degrees of the box's own x axis.
with parameters as (
  select
    'reference' as role,
    'any' as track_classes,
    'ego pedestrian' as related_classes,
    22.5 as within_angle_deg,
    50.0 as max_distance_m
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

chosen as (  -- who is asked about
  select boxes.*
  from boxes
  cross join parameters
  where parameters.track_classes = 'any' or position(boxes.object_class in parameters.track_classes) > 0
),

others as (  -- and with regard to whom
  select boxes.*
  from boxes
  cross join parameters
  where parameters.related_classes = 'any' or position(boxes.object_class in parameters.related_classes) > 0
),

pairs as (  -- two road users at one instant. The related one in the axes of the first one's box, ISO 8855
  select
    track.drive_id, track.track_id, related.track_id as related_track_id, track.t_ns,
    track.half_length_m, track.half_width_m,
    related.half_length_m as related_half_length_m, related.half_width_m as related_half_width_m,
    track.ego_cos * (related.x_ego_m - track.x_ego_m) + track.ego_sin * (related.y_ego_m - track.y_ego_m) as ahead_m,
    track.ego_cos * (related.y_ego_m - track.y_ego_m) - track.ego_sin * (related.x_ego_m - track.x_ego_m) as left_m,
    track.ego_cos * related.ego_cos + track.ego_sin * related.ego_sin as turn_cos,
    track.ego_cos * related.ego_sin - track.ego_sin * related.ego_cos as turn_sin,
    track.map_cos, track.map_sin, related.x_map_m, related.y_map_m
  from chosen as track
  inner join others as related
    on track.drive_id = related.drive_id and track.t_ns = related.t_ns and track.track_id <> related.track_id
),

around as (  -- the three instants before and after. Past its ends the first and the last again
  select
    pairs.*,
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
  from pairs
  window
    track as (partition by drive_id, track_id, related_track_id order by t_ns),
    whole as (
      partition by drive_id, track_id, related_track_id order by t_ns
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

seen as (  -- the smoothed place of the related one from the first one's box as it was listed
  select
    smoothed.*,
    ahead_m + map_cos * (x_smooth_m - x_map_m) + map_sin * (y_smooth_m - y_map_m) as x_m,
    left_m + map_cos * (y_smooth_m - y_map_m) - map_sin * (x_smooth_m - x_map_m) as y_m
  from smoothed
),

faced as (
  select seen.*
  from seen
  cross join parameters
  where abs(degrees(atan2(seen.y_m, seen.x_m))) <= parameters.within_angle_deg
),

turned as (  -- half sides of either box along the axes of the other
  select
    faced.*,
    related_half_length_m * turn_cos as lc, related_half_length_m * turn_sin as ls,
    related_half_width_m * turn_cos as wc, related_half_width_m * turn_sin as ws,
    half_length_m * turn_cos as own_lc, half_length_m * turn_sin as own_ls,
    half_width_m * turn_cos as own_wc, half_width_m * turn_sin as own_ws,
    turn_cos * ahead_m + turn_sin * left_m as along_m, turn_cos * left_m - turn_sin * ahead_m as across_m
  from faced
),

gaps as (  -- between the two boxes: 0 where no axis parts them, else from the nearest corner to the other box
  select
    turned.*,
    case
      when
        abs(ahead_m) <= half_length_m + abs(lc) + abs(ws) and abs(left_m) <= half_width_m + abs(ls) + abs(wc)
        and abs(along_m) <= related_half_length_m + abs(own_lc) + abs(own_ws)
        and abs(across_m) <= related_half_width_m + abs(own_ls) + abs(own_wc)
        then 0
      else sqrt(least(
        power(greatest(abs(ahead_m + lc - ws) - half_length_m, 0), 2)
        + power(greatest(abs(left_m + ls + wc) - half_width_m, 0), 2),
        power(greatest(abs(ahead_m + lc + ws) - half_length_m, 0), 2)
        + power(greatest(abs(left_m + ls - wc) - half_width_m, 0), 2),
        power(greatest(abs(ahead_m - lc - ws) - half_length_m, 0), 2)
        + power(greatest(abs(left_m - ls + wc) - half_width_m, 0), 2),
        power(greatest(abs(ahead_m - lc + ws) - half_length_m, 0), 2)
        + power(greatest(abs(left_m - ls - wc) - half_width_m, 0), 2),
        power(greatest(abs(along_m + own_lc + own_ws) - related_half_length_m, 0), 2)
        + power(greatest(abs(across_m - own_ls + own_wc) - related_half_width_m, 0), 2),
        power(greatest(abs(along_m + own_lc - own_ws) - related_half_length_m, 0), 2)
        + power(greatest(abs(across_m - own_ls - own_wc) - related_half_width_m, 0), 2),
        power(greatest(abs(along_m - own_lc + own_ws) - related_half_length_m, 0), 2)
        + power(greatest(abs(across_m + own_ls + own_wc) - related_half_width_m, 0), 2),
        power(greatest(abs(along_m - own_lc - own_ws) - related_half_length_m, 0), 2)
        + power(greatest(abs(across_m + own_ls - own_wc) - related_half_width_m, 0), 2)
      ))
    end as gap_m
  from turned
)

select gaps.drive_id, gaps.track_id, gaps.related_track_id, gaps.t_ns, gaps.gap_m
from gaps
cross join parameters
where gaps.gap_m <= parameters.max_distance_m
order by gaps.drive_id, gaps.track_id, gaps.related_track_id, gaps.t_ns
