-- Which road users are in a lane for bicycles, at which instants?
-- Run: longtail sql -f sql/refav/on_lane_type.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed centre of the box.
with parameters as (
  select
    'reference' as role,
    'bike' as lane_type
)

select located.drive_id, located.track_id, located.t_ns, located.lane_segment_id
from intermediate.int_road_users__located as located
cross join parameters
where located.role = parameters.role and located.is_own and located.lane_type = parameters.lane_type
order by located.drive_id, located.track_id, located.t_ns
