with related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as road_users
  where is_event_role and is_road_user and gap_m is not null
),

drives as (
  select * from {{ ref('int_drives__profiled') }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Near the path of the ego vehicle: beside it nothing of this means anything.
near as (
  select
    related.*,
    related.extent_d_m + 0.5 * drives.ego_width_m as reach_m,
    abs(related.d_m) - related.extent_d_m - 0.5 * drives.ego_width_m as clearance_m,
    -- both accelerations signed: a lead that brakes makes this negative
    related.a_s_mps2 - related.ax_ego_mps2 as relative_acceleration_mps2,
    related.closing_speed_mps * related.closing_speed_mps
    - 2 * related.gap_m * (related.a_s_mps2 - related.ax_ego_mps2) as radicand_m2ps2,
    -- so hard that it stands before the ego vehicle has its speed
    related.a_s_mps2 < 0 and related.v_s_mps > 0
    and related.v_s_mps * related.closing_speed_mps + 2 * related.a_s_mps2 * related.gap_m < 0 as is_lead_first_to_stop
  from related
  inner join drives on related.drive_id = drives.drive_id
  inner join thresholds on related.project_id = thresholds.project_id
  where abs(related.d_m) - related.extent_d_m - 0.5 * drives.ego_width_m < thresholds.encounter_near_path_m
),

-- Differences to the instant before, and for the lateral acceleration to the one half a second ago.
differenced as (
  select
    near.*,
    cast(t_ns - lag(t_ns) over (partition by drive_id, track_id order by t_ns) as double) / {{ ns_per_s() }} as step_s,
    a_s_mps2 - lag(a_s_mps2) over (partition by drive_id, track_id order by t_ns) as change_of_a_s_mps2,
    cast(t_ns - lag(t_ns, 5) over (partition by drive_id, track_id order by t_ns) as double) / {{ ns_per_s() }}
      as base_s,
    v_d_mps - lag(v_d_mps, 5) over (partition by drive_id, track_id order by t_ns) as change_of_v_d_mps
  from near
),

measured as (
  select
    differenced.*,
    case
      when gap_m <= 0 then null
      when abs(relative_acceleration_mps2) < thresholds.metrics_min_relative_acceleration_mps2 then ttc_s
      when radicand_m2ps2 >= 0 then (closing_speed_mps - sqrt(radicand_m2ps2)) / relative_acceleration_mps2
    end as ettc_s,
    case
      when gap_m - greatest(v_s_mps, 0e0) * thresholds.metrics_safety_time_s > 0 and closing_speed_mps > 0
        then
          closing_speed_mps * closing_speed_mps
          / (2 * (gap_m - greatest(v_s_mps, 0e0) * thresholds.metrics_safety_time_s))
    end as dst_mps2,
    case when is_lead_first_to_stop then required_acceleration_stop_mps2 else required_acceleration_mps2 end
      as least_braking_mps2,
    case
      when step_s < 1.5 * thresholds.events_grid_step_s then change_of_a_s_mps2 / step_s
    end as jerk_s_mps3,
    case when base_s < 5.5 * thresholds.events_grid_step_s then change_of_v_d_mps / base_s end as a_d_mps2,
    -- a neighbour that drives against the ego vehicle is no case of the longitudinal rule
    case
      when is_same_direction and v_s_mps >= 0 and vx_ego_mps >= 0
        then greatest(
          vx_ego_mps * thresholds.rss_response_time_s
          + 0.5 * thresholds.rss_max_acceleration_mps2 * thresholds.rss_response_time_s * thresholds.rss_response_time_s
          + (vx_ego_mps + thresholds.rss_response_time_s * thresholds.rss_max_acceleration_mps2)
          * (vx_ego_mps + thresholds.rss_response_time_s * thresholds.rss_max_acceleration_mps2)
          / (2 * thresholds.rss_min_braking_mps2)
          - v_s_mps * v_s_mps / (2 * thresholds.rss_max_braking_mps2),
          0e0
        )
    end as rss_distance_m,
    -- how hard a braking the situation demands (Hupfer: no safety time)
    case
      when drac_mps2 < thresholds.metrics_dst_reaction_mps2 then 'adaption'
      when drac_mps2 < thresholds.metrics_dst_considerable_mps2 then 'reaction'
      when drac_mps2 < thresholds.metrics_dst_heavy_mps2 then 'considerable'
      when drac_mps2 < thresholds.metrics_dst_emergency_mps2 then 'heavy'
      when drac_mps2 is not null then 'emergency'
    end as dst_band,
    thresholds.metrics_available_braking_mps2
  from differenced
  inner join thresholds on differenced.project_id = thresholds.project_id
)

select
  -- keys
  project_id, drive_id, role, track_id, t_ns,
  -- time
  case when ettc_s > 0 then ettc_s end as ettc_s,
  -- braking
  dst_mps2,
  dst_band,
  least_braking_mps2,
  -least_braking_mps2 / metrics_available_braking_mps2 as btn,
  -- steering: past its left side or its right side, whichever takes less
  case
    when clearance_m < 0 and ttc_s is not null
      then least(
        abs(coalesce(a_d_mps2, 0e0) + 2 * v_d_mps / ttc_s + 2 / (ttc_s * ttc_s) * (d_m + reach_m)),
        abs(coalesce(a_d_mps2, 0e0) + 2 * v_d_mps / ttc_s + 2 / (ttc_s * ttc_s) * (d_m - reach_m))
      )
  end as required_lateral_acceleration_mps2,
  -- actor
  a_d_mps2,
  jerk_s_mps3,
  -- distance
  rss_distance_m,
  gap_m < rss_distance_m as is_rss_violated
from measured
