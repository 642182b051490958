-- In which declared conditions do we know too little?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/where_we_know_too_little.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/where_we_know_too_little.sql
--
-- Cells of the declared operational design domain (seed odd_declaration, ISO 34503 words) that are driven and have too
-- few events to judge them, most driven first, then those never driven. Beyond them: fct_coverage_metrics sums it up,
-- unseen_mass is the chance that the next event is of a kind never met (Good-Turing).
select
  road_kind,
  light,
  weather,
  speed_band,
  status,
  duration_s / 3600 as duration_h,
  distance_km,
  num_events,
  rate_per_1000_km,
  ci_high_per_1000_km
from marts.fct_odd_coverage
where scope = 'fleet' and is_declared and not is_covered
order by distance_km desc, odd_cell_id
