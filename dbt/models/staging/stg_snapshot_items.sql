select
  snapshot_id,
  sample_id,
  project_id,
  drive_id,
  split
from {{ source('ml', 'snapshot_items') }}
