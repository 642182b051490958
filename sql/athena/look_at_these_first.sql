-- Which twenty moments of all driving should somebody look at first, and why?
-- Run: aws athena start-query-execution --work-group longtail --query-string file://sql/athena/look_at_these_first.sql
-- Locally, on Trino: make trino, then: python -m infra.trino query sql/athena/look_at_these_first.sql
--
-- The curated long tail: severe, rare, where the model was unsure, or where little was driven yet. Each factor is 0..1
-- and the score their product, each weakened by its share in the seed; `reason` says it in words.
select
  rank_index + 1 as rank_number,
  event_id,
  reason,
  score,
  severity_factor,
  rarity_factor,
  uncertainty_factor,
  odd_gap_factor,
  drive_id,
  t_start_ns
from marts.fct_edge_cases
where rank_index < 20
order by rank_index
