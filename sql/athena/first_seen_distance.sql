-- At what distance does the vehicle see another road user for the first time, by class and light?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/first_seen_distance.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/first_seen_distance.sql
--
-- Per reference track: range at the first instant at which it could be seen, and at the first at which it was. A track
-- that was never seen counts in num_never_seen and in no average.
with tracks as (
  select
    drive_id,
    reference_track_id,
    min_by(object_class, t_ns) as object_class,
    min_by(light, t_ns) as light,
    min_by(range_m, t_ns) as first_range_m,
    min_by(range_m, t_ns) filter (where outcome = 'tp') as first_seen_range_m,
    (min(t_ns) filter (where outcome = 'tp') - min(t_ns)) * 1e-9 as delay_s
  from marts.fct_detection_matches
  where reference_track_id is not null
  group by drive_id, reference_track_id
)

select
  object_class,
  light,
  count(*) as num_tracks,
  count(*) - count(first_seen_range_m) as num_never_seen,
  avg(case when first_seen_range_m is not null then first_range_m end) as avg_visible_range_m,
  avg(first_seen_range_m) as avg_first_seen_range_m,
  avg(delay_s) as avg_delay_s
from tracks
group by object_class, light
order by object_class, light
