-- Which road users accelerate with 0.65 m/s2 or more?
-- Run: longtail sql -f sql/refav/accelerating.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed acceleration along the axes of the box, of those only that do not stay within 3 m.
with parameters as (
  select
    'reference' as role,
    0.65 as min_accel_mps2,
    1e9 as max_accel_mps2,
    3.0 as moved_m
)

select boxes.drive_id, boxes.track_id, boxes.t_ns, boxes.ax_box_mps2 as accel_mps2
from intermediate.int_road_users__boxed as boxes
cross join parameters
where
  boxes.role = parameters.role
  and boxes.moved_m >= parameters.moved_m
  and boxes.ax_box_mps2 between parameters.min_accel_mps2 and parameters.max_accel_mps2
order by boxes.drive_id, boxes.track_id, boxes.t_ns
