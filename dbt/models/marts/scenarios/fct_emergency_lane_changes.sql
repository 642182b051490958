with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Over a mark soon after the onset, with a jerk or an acceleration that no calm lane change has.
hasty as (
  select
    moves.project_id,
    moves.drive_id,
    moves.track_id,
    moves.t_onset_ns as t_start_ns,
    moves.t_edge_over_ns,
    moves.t_end_ns,
    moves.peak_lateral_acceleration_mps2,
    moves.peak_lateral_jerk_mps3,
    (moves.t_edge_over_ns - moves.t_onset_ns) / 1e9 as onset_to_crossing_s
  from {{ per_drive(ref('int_lateral_moves__merged')) }} as moves
  inner join thresholds on moves.project_id = thresholds.project_id
  where
    moves.max_edge_over_m > thresholds.emergency_lane_change_min_crossing_m
    and moves.peak_sine < sin(thresholds.lane_change_max_heading_rad)
    and moves.t_edge_over_ns - moves.t_onset_ns
    <= thresholds.emergency_lane_change_max_time_to_crossing_s * {{ ns_per_s() }}
    and (
      moves.peak_lateral_acceleration_mps2 >= thresholds.emergency_lane_change_min_lateral_acceleration_mps2
      or moves.peak_lateral_jerk_mps3 >= thresholds.emergency_lane_change_min_lateral_jerk_mps3
    )
),

-- Everything on the road, the ego vehicle too (the empty track_id): along the path, and across the lane, for the path
-- of an ego vehicle that swerves leads round what it swerves for.
present as (
  select
    related.drive_id, related.track_id, related.t_ns, related.d_m - related.right_mark_d_m as d_m, related.extent_d_m,
    related.s_rel_m - related.extent_s_m as rear_s_m, related.s_rel_m + related.extent_s_m as front_s_m,
    related.v_s_mps, related.a_s_mps2
  from {{ per_drive(ref('int_objects__related')) }} as related
  where related.is_event_role and related.v_s_mps is not null
  union all
  select
    ego.drive_id, '' as track_id, ego.t_ns, -motion.lane_right_y_m as d_m, 0.5 * ego.ego_width_m as extent_d_m,
    -thresholds.ego_rear_axle_to_rear_bumper_m as rear_s_m, ego.front_bumper_m as front_s_m,
    ego.v_s_mps, ego.ax_ego_mps2 as a_s_mps2
  from {{ per_drive(ref('int_ego_instants__enriched')) }} as ego
  inner join {{ per_drive(ref('stg_ego_motion')) }} as motion
    on ego.drive_id = motion.drive_id and ego.t_ns = motion.t_ns
  inner join thresholds on ego.project_id = thresholds.project_id
),

-- What each of them would have run into without changing lane.
obstacles as (
  select
    hasty.drive_id,
    hasty.track_id,
    hasty.t_start_ns,
    other.rear_s_m - own.front_s_m as gap_m,
    own.v_s_mps - other.v_s_mps as closing_speed_mps,
    least(coalesce(other.a_s_mps2, 0e0), 0e0) as braking_mps2,
    thresholds.metrics_min_closing_speed_mps as min_closing_speed_mps
  from hasty
  inner join thresholds on hasty.project_id = thresholds.project_id
  inner join present as own
    on hasty.drive_id = own.drive_id and hasty.track_id = own.track_id and hasty.t_start_ns = own.t_ns
  inner join present as other
    on
      hasty.drive_id = other.drive_id
      and hasty.track_id <> other.track_id
      and hasty.t_start_ns = other.t_ns
      and abs(other.d_m - own.d_m) < other.extent_d_m + own.extent_d_m
      and other.rear_s_m > own.front_s_m
),

threats as (
  select
    drive_id,
    track_id,
    t_start_ns,
    min(
      case when closing_speed_mps > min_closing_speed_mps then gap_m / closing_speed_mps end
    ) as ttc_at_start_s,
    min(least(
      braking_mps2 - greatest(closing_speed_mps, 0e0) * greatest(closing_speed_mps, 0e0) / (2 * gap_m), 0e0
    )) as required_acceleration_mps2
  from obstacles
  group by drive_id, track_id, t_start_ns
),

found as (
  select
    hasty.*,
    threats.ttc_at_start_s,
    threats.required_acceleration_mps2,
    case
      when
        hasty.peak_lateral_acceleration_mps2 >= thresholds.emergency_lane_change_severe_lateral_acceleration_mps2
        or -threats.required_acceleration_mps2 / thresholds.emergency_lane_change_available_braking_mps2
        >= thresholds.emergency_lane_change_severe_btn then 'severe'
      else 'emergency'
    end as severity
  from hasty
  inner join thresholds on hasty.project_id = thresholds.project_id
  inner join threats
    on
      hasty.drive_id = threats.drive_id
      and hasty.track_id = threats.track_id
      and hasty.t_start_ns = threats.t_start_ns
  where
    threats.ttc_at_start_s < thresholds.emergency_lane_change_max_ttc_s
    or threats.required_acceleration_mps2 <= thresholds.emergency_lane_change_max_required_acceleration_mps2
)

{{ scenario_events('emergency_lane_change', has_actor='or_ego', t_peak='t_edge_over_ns', extras=[
  'onset_to_crossing_s', 'ttc_at_start_s', 'required_acceleration_mps2', 'peak_lateral_acceleration_mps2',
  'peak_lateral_jerk_mps3']) }}
