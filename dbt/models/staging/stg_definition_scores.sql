select
  score_id,
  truth_name,
  scenario_id,
  definition_version,
  metric,
  num_samples,
  num_positives
from {{ source('ops', 'definition_scores') }}
