with shifts as (
  select * from {{ per_drive(ref('stg_ego_lateral_shifts')) }} as all_shifts
),

ego as (
  select * from {{ per_drive(ref('stg_ego_motion')) }} as all_instants
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

judged as (
  select
    shifts.*,
    -- A bend costs evidence: an error of the map and the onset of a curve look most like a shift there.
    shifts.score
    - shifts.course_acceleration_mps2 * thresholds.course_lane_change_evidence_per_mps2 as net_evidence,
    case
      when shifts.has_road_offset then thresholds.course_lane_change_min_evidence
      else thresholds.course_lane_change_min_evidence_alone
    end as min_evidence
  from shifts
  inner join thresholds on shifts.project_id = thresholds.project_id
  -- t_cross_ns lies on the 10 Hz grid
  inner join ego on shifts.drive_id = ego.drive_id and shifts.t_cross_ns = ego.t_ns
  where
    ego.lane_source = 'none'
    and shifts.speed_mps >= thresholds.course_lane_change_min_speed_mps
)

select
  project_id,
  drive_id,
  t_start_ns,
  t_cross_ns,
  t_end_ns,
  lateral_shift_m > 0 as is_left,
  lateral_shift_m,
  net_evidence
from judged
where net_evidence >= min_evidence
