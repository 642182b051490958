-- What would the cut-in predictor learn from: how many samples and positives per split and light?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/training_set_balance.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/training_set_balance.sql
--
-- A light without positives in the test split cannot be judged there. Splits are by drive, so num_drives says how much
-- independent evidence there is.
select
  split,
  light,
  count(distinct drive_id) as num_drives,
  count(*) as num_samples,
  count_if(is_cut_in_within_3s) as num_positives,
  count(distinct event_id) as num_cut_ins,
  100e0 * count_if(is_cut_in_within_3s) / count(*) as positive_pct
from marts.fct_training_samples
group by split, light
order by split, light
