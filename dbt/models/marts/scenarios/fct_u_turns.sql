with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

found as (
  select
    turns.*,
    case
      when turns.peak_lateral_acceleration_mps2 > thresholds.turning_discomfort_mps2 then 'uncomfortable'
      else 'comfortable'
    end as severity
  from {{ per_drive(ref('int_turns__merged')) }} as turns
  inner join thresholds on turns.project_id = thresholds.project_id
  where
    abs(turns.heading_change_rad)
    between thresholds.u_turn_min_heading_change_rad and thresholds.u_turn_max_heading_change_rad
    and turns.width_m <= thresholds.u_turn_max_width_m
)

{{ scenario_events(
  'u_turn', extras=['is_left', 'heading_change_rad', 'width_m', 'peak_lateral_acceleration_mps2', 'is_in_intersection'],
  has_actor=false, t_peak='t_peak_ns', uses_lane=false
) }}
