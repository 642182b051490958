-- Which road users are where the map says one may drive, at which instants?
-- Run: longtail sql -f sql/refav/in_drivable_area.sql
-- Spark and Trino take it too: docs/how-to/ask-like-refav.md
--
-- By the smoothed centre of the box: in lanes, intersections, parking places, driveways.
with parameters as (
  select
    'reference' as role
)

select located.drive_id, located.track_id, located.t_ns
from intermediate.int_road_users__located as located
cross join parameters
where located.role = parameters.role and located.area_kind = 'road' and located.is_own
order by located.drive_id, located.track_id, located.t_ns
