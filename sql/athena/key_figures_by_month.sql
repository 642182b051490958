-- How does the fleet do, month by month: disengagements, misses, false alarms, latency?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/key_figures_by_month.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/key_figures_by_month.sql
--
-- By project, kind of vehicle and month. Disengagements count per 1,000 km of drives whose bus tells the mode; shares
-- of perception are instants of objects, so their intervals are narrower than their drives are independent; durations
-- are medians and 95th percentiles over drives. A figure without anything below the line is not there or null.
select
  project_id,
  vehicle_kind,
  month,
  kpi,
  coalesce(scenario_id, '') as scenario_id,
  value,
  unit,
  ci_low,
  ci_high,
  num_samples
from marts.fct_kpis
where scope = 'slice'
order by project_id, vehicle_kind, month, kpi, scenario_id
