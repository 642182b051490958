select
  -- keys
  drive_id,
  project_id,

  -- vehicle
  vehicle_id,
  vehicle_kind,
  site,
  software_version,
  length_m,
  width_m,
  rear_axle_to_front_bumper_m,
  rear_axle_to_rear_bumper_m,

  is_declared
from {{ source('bronze', 'drives') }}
