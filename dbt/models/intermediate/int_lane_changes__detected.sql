with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Hysteresis: near a mark a vehicle is in neither lane, so that one that rides on the line does not change to and fro.
decided as (
  select
    positions.drive_id, positions.track_id, positions.segment_index, positions.t_ns,
    floor(positions.lane_position) as lane
  from {{ per_drive(ref('int_lane_positions__unwrapped')) }} as positions
  inner join thresholds on positions.project_id = thresholds.project_id
  where
    least(
      positions.lane_position - floor(positions.lane_position),
      floor(positions.lane_position) + 1 - positions.lane_position
    ) * positions.lane_width_m >= thresholds.lane_change_min_inside_m
),

turned as (
  select
    decided.*,
    lane - lag(lane) over (partition by drive_id, track_id, segment_index order by t_ns) as num_lanes
  from decided
),

-- A sweep over two marks is one change.
crossed as (
  select
    moves.drive_id, moves.track_id, moves.t_start_ns, moves.side, min(turned.t_ns) as t_inside_ns
  from turned
  inner join {{ per_drive(ref('int_lateral_moves__merged')) }} as moves
    on
      turned.drive_id = moves.drive_id
      and turned.track_id = moves.track_id
      and turned.t_ns between moves.t_start_ns and moves.t_end_ns
      and turned.num_lanes * moves.side > 0
  group by moves.drive_id, moves.track_id, moves.t_start_ns, moves.side
)

select
  moves.*,
  crossed.t_inside_ns
from crossed
inner join {{ per_drive(ref('int_lateral_moves__merged')) }} as moves
  on
    crossed.drive_id = moves.drive_id
    and crossed.track_id = moves.track_id
    and crossed.t_start_ns = moves.t_start_ns
    and crossed.side = moves.side
inner join thresholds on moves.project_id = thresholds.project_id
where
  moves.peak_sine < sin(thresholds.lane_change_max_heading_rad)
  -- a ramp, or a road that goes another way: its course never comes to lie along the lane
  and moves.least_sine < sin(thresholds.lane_change_max_along_rad)
  -- and who crosses many lanes in one go is on none of them
  and moves.displacement_m <= thresholds.lane_change_max_num_lanes * moves.lane_width_m
