select
  -- keys
  clock_model_id,
  project_id,
  drive_id,
  topic,
  segment_index,
  t_start_ns,
  t_end_ns,

  -- model
  offset_ns,
  drift_ppm,
  residual_p95_ns,
  delay_p50_ns,

  -- provenance
  clock_kind,
  log_anchor,
  repair,
  is_corrected,
  confidence,
  reason
from {{ source('silver', 'clock_models') }}
