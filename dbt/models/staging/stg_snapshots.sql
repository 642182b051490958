select
  snapshot_id,
  name as snapshot_name,
  created_at_ns,
  num_items
from {{ source('ml', 'snapshots') }}
