select
  -- keys
  project_id,
  drive_id,
  topic,
  t_start_ns,

  -- what arrived and what did not
  num_messages,
  usual_num_messages,
  num_dropped,
  num_duplicates,
  num_out_of_order,
  longest_gap_ns,
  gap_start_ns,
  gap_end_ns,
  period_p50_ns
from {{ source('silver', 'stream_quality') }}
