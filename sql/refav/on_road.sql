-- Which road users are on a road: in a lane of the map, at which instants?
-- Run: longtail sql -f sql/refav/on_road.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed centre of the box.
with parameters as (
  select
    'reference' as role
)

select located.drive_id, located.track_id, located.t_ns
from intermediate.int_road_users__located as located
cross join parameters
where located.role = parameters.role and located.area_kind = 'lane' and located.is_own
order by located.drive_id, located.track_id, located.t_ns
