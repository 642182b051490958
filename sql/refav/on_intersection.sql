-- Which road users are in an intersection, at which instants?
-- Run: longtail sql -f sql/refav/on_intersection.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed centre of the box.
with parameters as (
  select
    'reference' as role
)

select located.drive_id, located.track_id, located.t_ns, located.lane_segment_id
from intermediate.int_road_users__located as located
cross join parameters
where located.role = parameters.role and located.is_own and located.is_intersection
order by located.drive_id, located.track_id, located.t_ns
