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

chosen as (  -- who is asked about
  select boxes.*
  from intermediate.int_road_users__boxed as boxes
  cross join parameters
  where
    boxes.role = parameters.role
    and (parameters.track_classes = 'any' or position(boxes.object_class in parameters.track_classes) > 0)
),

others as (  -- and with regard to whom
  select boxes.*
  from intermediate.int_road_users__boxed as boxes
  cross join parameters
  where
    boxes.role = parameters.role
    and (parameters.related_classes = 'any' or position(boxes.object_class in parameters.related_classes) > 0)
),

pairs as (  -- ahead: a metre along the box from where it was listed, as seen from where the median has it
  select
    track.drive_id, track.track_id, related.track_id as related_track_id, track.t_ns,
    track.speed_mps < 1 and track.object_class not in ('static', 'other') and related.speed_mps > 1 as stands_itself,
    related.speed_mps < 1 and related.object_class not in ('static', 'other') and track.speed_mps > 0.5 as other_stands,
    track.speed_mps, track.vx_map_mps as vx_mps, track.vy_map_mps as vy_mps,
    track.x_map_m + track.map_cos - track.x_smooth_m as ahead_x_m,
    track.y_map_m + track.map_sin - track.y_smooth_m as ahead_y_m,
    related.speed_mps as related_speed_mps, related.vx_map_mps as related_vx_mps, related.vy_map_mps as related_vy_mps,
    related.x_map_m + related.map_cos - related.x_smooth_m as related_ahead_x_m,
    related.y_map_m + related.map_sin - related.y_smooth_m as related_ahead_y_m
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
