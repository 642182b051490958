select
  -- keys
  file_id,
  project_id,
  drive_id,

  -- progress
  state,
  bronze_num_messages,
  quarantined_num_messages,
  max_log_time_ns,
  received_at_ns,
  bronze_at_ns,
  silver_at_ns
from {{ source('ops', 'ingest_ledger') }}
where state <> 'superseded'
