-- Which road users stay where they are for as long as they are seen?
-- Run: longtail sql -f sql/refav/stationary.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- The smoothed centre of the box stays within 3 m, corner to corner. RefAV's docstring says 2 m, its code 3 m.
with parameters as (
  select
    'reference' as role,
    3.0 as moved_m
)

select boxes.drive_id, boxes.track_id, boxes.t_ns
from intermediate.int_road_users__boxed as boxes
cross join parameters
where
  boxes.role = parameters.role
  and boxes.moved_m < parameters.moved_m
order by boxes.drive_id, boxes.track_id, boxes.t_ns
