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
)

select boxes.drive_id, boxes.track_id, boxes.t_ns, boxes.speed_mps
from intermediate.int_road_users__boxed as boxes
cross join parameters
where
  boxes.role = parameters.role
  and boxes.moved_m >= parameters.moved_m
  and boxes.speed_mps between parameters.min_velocity_mps and parameters.max_velocity_mps
order by boxes.drive_id, boxes.track_id, boxes.t_ns
