-- How often does each scenario happen per 100 km, and how sure is that?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/events_per_100_km.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/events_per_100_km.sql
--
-- ci_low_ and ci_high_ are the ends of the 95 % interval; a scenario that never happened still has an upper end.
select
  scope,
  project_id,
  scenario_id,
  num_drives,
  distance_km,
  num_events,
  rate_per_100_km,
  ci_low_per_100_km,
  ci_high_per_100_km
from marts.fct_kpis
order by scope, project_id, scenario_id
