select
  -- keys
  project_id,
  drive_id,
  t_ns,
  bus,
  record_index,
  message_name,
  signal_name,

  -- value
  value
from {{ source('silver', 'can_signals') }}
