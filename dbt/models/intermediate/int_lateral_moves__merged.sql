{#- Every interval in which a vehicle moves sideways one way, relative to the lane. -#}
{%- set island = 'partition by drive_id, track_id, segment_index, side, island_index' -%}
with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- It sets out where it was seen calm, or moving the other way, just before: also within one interval.
judged as (
  select
    positions.*,
    thresholds.events_merge_gap_s as merge_gap_s,
    thresholds.lane_change_min_lateral_speed_mps as min_lateral_speed_mps,
    case when positions.lateral_speed_mps > 0 then 1 else -1 end as side,
    lag(positions.lateral_speed_mps) over (
      partition by positions.drive_id, positions.track_id, positions.segment_index order by positions.t_ns
    ) as last_lateral_speed_mps
  from {{ per_drive(ref('int_lane_positions__unwrapped')) }} as positions
  inner join thresholds on positions.project_id = thresholds.project_id
),

moving as (
  select
    judged.*,
    abs(lateral_speed_mps) / sqrt(v_s_mps * v_s_mps + lateral_speed_mps * lateral_speed_mps) as course_sine,
    side * last_lateral_speed_mps < min_lateral_speed_mps as is_onset
  from judged
  where abs(lateral_speed_mps) >= min_lateral_speed_mps
),

numbered as (
  {{ islands('moving', 'drive_id, track_id, segment_index, side') }}
),

begun as (
  select
    numbered.*,
    floor(first_value(lane_position) over ({{ island }} order by t_ns)) as start_lane
  from numbered
),

-- The mark it moves towards is that of the lane in which it began.
reaching as (
  select
    begun.*,
    side * (lane_position - start_lane - case when side > 0 then 1 else 0 end) * lane_width_m as centre_over_m
  from begun
)

select
  project_id,
  drive_id,
  track_id,
  side,
  min(t_ns) as t_start_ns,
  max(t_ns) as t_end_ns,
  max(case when is_onset and centre_over_m + extent_d_m <= 0 then t_ns end) as t_onset_ns,
  min(case when centre_over_m + extent_d_m > 0 then t_ns end) as t_edge_over_ns,
  max(centre_over_m + extent_d_m) as max_edge_over_m,
  max(lateral_m) - min(lateral_m) as displacement_m,
  max(abs(lateral_speed_mps)) as peak_lateral_speed_mps,
  max(abs(lateral_acceleration_mps2)) as peak_lateral_acceleration_mps2,
  max(abs(lateral_jerk_mps3)) as peak_lateral_jerk_mps3,
  max(lane_width_m) as lane_width_m,
  max(course_sine) as peak_sine,
  min(course_sine) as least_sine
from reaching
group by project_id, drive_id, track_id, segment_index, side, island_index
