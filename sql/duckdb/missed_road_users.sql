-- What does the vehicle's own perception miss: which road users, at what distance, in what light?
-- Run: longtail sql -f sql/duckdb/missed_road_users.sql
--
-- Compared with the offline reference list; recall is the share that was seen, with its 95 % interval. Instants of one
-- track are alike, so num_reference_tracks says how much there really is behind a share. Fewer than 30 objects give no
-- share, by design.
select
  project_id,
  object_class,
  light,
  distance_bin,
  num_reference_tracks,
  num_false_negatives as num_missed,
  num_relevant_false_negatives as num_missed_in_path,
  round(recall, 3) as recall,
  round(recall_ci_low, 3) as recall_ci_low,
  round(recall_ci_high, 3) as recall_ci_high
from marts.fct_perception_slices as slices
where num_false_negatives > 0
order by num_missed_in_path desc, slices.recall nulls last, num_missed desc, slice_id
