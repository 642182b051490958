-- Which road users have others ahead of them?
-- Run: longtail sql -f sql/refav/has_objects_in_relative_direction.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- `direction`: forward, backward, left or right of the box, by the smoothed centre of the other one. The nearest
-- `max_number` within `within_distance_m` count, where there are at least `min_number`. `lateral_m`: how far past the
-- sides of the box the other one may be; 1e9 is any.
with parameters as (
  select
    'reference' as role,
    'any' as track_classes,
    'ego pedestrian' as related_classes,
    'forward' as direction,
    50.0 as within_distance_m,
    1e9 as lateral_m,
    1 as min_number,
    1000000 as max_number
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

pairs as (  -- two road users at one instant. The related one in the axes of the first one's box, ISO 8855
  select
    track.drive_id, track.track_id, related.track_id as related_track_id, track.t_ns,
    track.half_length_m, track.half_width_m,
    related.half_length_m as related_half_length_m, related.half_width_m as related_half_width_m,
    track.ego_cos * (related.x_ego_m - track.x_ego_m) + track.ego_sin * (related.y_ego_m - track.y_ego_m) as ahead_m,
    track.ego_cos * (related.y_ego_m - track.y_ego_m) - track.ego_sin * (related.x_ego_m - track.x_ego_m) as left_m,
    track.ego_cos * related.ego_cos + track.ego_sin * related.ego_sin as turn_cos,
    track.ego_cos * related.ego_sin - track.ego_sin * related.ego_cos as turn_sin,
    track.map_cos * (related.x_smooth_m - related.x_map_m)
    + track.map_sin * (related.y_smooth_m - related.y_map_m) as smooth_ahead_m,
    track.map_cos * (related.y_smooth_m - related.y_map_m)
    - track.map_sin * (related.x_smooth_m - related.x_map_m) as smooth_left_m
  from chosen as track
  inner join others as related
    on track.drive_id = related.drive_id and track.t_ns = related.t_ns and track.track_id <> related.track_id
),

seen as (  -- the smoothed place of the related one from the first one's box as it was listed
  select pairs.*, ahead_m + smooth_ahead_m as x_m, left_m + smooth_left_m as y_m
  from pairs
),

beside as (
  select seen.*
  from seen
  cross join parameters
  where
    case parameters.direction
      when 'forward' then seen.x_m > half_length_m and abs(seen.y_m) < half_width_m + parameters.lateral_m
      when 'backward' then seen.x_m < -half_length_m and abs(seen.y_m) < half_width_m + parameters.lateral_m
      when 'left' then seen.y_m > half_width_m and abs(seen.x_m) < half_length_m + parameters.lateral_m
      when 'right' then seen.y_m < -half_width_m and abs(seen.x_m) < half_length_m + parameters.lateral_m
    end
),

turned as (  -- half sides of either box along the axes of the other
  select
    beside.*,
    related_half_length_m * turn_cos as lc, related_half_length_m * turn_sin as ls,
    related_half_width_m * turn_cos as wc, related_half_width_m * turn_sin as ws,
    half_length_m * turn_cos as own_lc, half_length_m * turn_sin as own_ls,
    half_width_m * turn_cos as own_wc, half_width_m * turn_sin as own_ws,
    turn_cos * ahead_m + turn_sin * left_m as along_m, turn_cos * left_m - turn_sin * ahead_m as across_m
  from beside
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
),

ranked as (
  select
    gaps.drive_id, gaps.track_id, gaps.related_track_id, gaps.t_ns, gaps.gap_m,
    row_number() over (partition by gaps.drive_id, gaps.track_id, gaps.t_ns order by gaps.gap_m, gaps.related_track_id)
      as nearness,
    count(*) over (partition by gaps.drive_id, gaps.track_id, gaps.t_ns) as num_beside
  from gaps
  cross join parameters
  where gaps.gap_m <= parameters.within_distance_m
)

select ranked.drive_id, ranked.track_id, ranked.related_track_id, ranked.t_ns, ranked.gap_m
from ranked
cross join parameters
where
  ranked.nearness <= parameters.max_number
  and least(ranked.num_beside, parameters.max_number) >= parameters.min_number
order by ranked.drive_id, ranked.track_id, ranked.related_track_id, ranked.t_ns
