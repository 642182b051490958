-- How often does each scenario happen per 1,000 km, and how sure is that?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/events_per_1000_km.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/events_per_1000_km.sql
--
-- Only what was driven where the scenario can be seen counts (a drive without bus signals says nothing of warnings):
-- num_drives_not_evaluable had to be left out. ci_low_ and ci_high_ are the ends of the exact 95 % Poisson interval; a
-- scenario that never happened still has an upper end, 3 per distance.
select
  scope,
  project_id,
  scenario_id,
  num_drives,
  num_drives_not_evaluable,
  distance_km,
  num_events,
  rate_per_1000_km,
  ci_low_per_1000_km,
  ci_high_per_1000_km
from marts.fct_scenario_rates
where scope in ('fleet', 'project')
order by scope, project_id, scenario_id
