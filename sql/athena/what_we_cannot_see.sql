-- Which scenarios can we not see in which drives, and what is missing for it?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/what_we_cannot_see.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/what_we_cannot_see.sql
--
-- A rate of zero is a finding only where the scenario could be seen. `missing` says what the drives lacked: record
-- that, or ask only the drives that have it.
select
  scenario_id,
  coalesce(missing, 'nothing') as missing,
  count(*) as num_drives,
  sum(distance_m) / 1000 as distance_km,
  sum(duration_s) / 3600 as duration_h
from marts.fct_scenario_evaluability
group by scenario_id, coalesce(missing, 'nothing')
order by scenario_id, missing
