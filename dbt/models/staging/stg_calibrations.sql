select
  project_id,
  drive_id,
  name as sensor_name,
  calibrated_at_ns,
  t_start_ns,
  t_end_ns
from {{ source('silver', 'calibrations') }}
