select
  project_id,
  drive_id,
  t_start_ns,
  t_cross_ns,
  t_end_ns,
  lateral_shift_m,
  score,
  speed_mps,
  course_acceleration_mps2,
  num_receivers,
  has_road_offset
from {{ source('silver', 'ego_lateral_shifts') }}
