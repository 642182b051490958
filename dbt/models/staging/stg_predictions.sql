select
  snapshot_id,
  sample_id,
  model_name,
  model_version,
  split,
  probability,
  is_positive
from {{ source('ml', 'predictions') }}
