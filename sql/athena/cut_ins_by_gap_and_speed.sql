-- Which combinations of gap and closing speed have our cut-ins covered, and which never?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/cut_ins_by_gap_and_speed.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/cut_ins_by_gap_and_speed.sql
--
-- Bins of gap and closing speed at the start (seed parameter_bins). An empty bin is a test to drive or to simulate;
-- which of them are impossible is for an engineer to say. A closing speed below 0 opens the gap.
select
  gap_bin,
  closing_speed_bin,
  num_events,
  100e0 * num_events / nullif(sum(num_events) over (), 0) as share_pct
from marts.fct_parameter_coverage
where scope = 'fleet' and scenario_id = 'cut_in'
order by gap_bin_index, closing_speed_bin_index
