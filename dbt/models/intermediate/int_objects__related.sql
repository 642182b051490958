with objects as (
  select * from {{ per_drive(ref('stg_object_tracks')) }}
),

ego as (
  select * from {{ per_drive(ref('int_ego_instants__enriched')) }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- One known mark gives the other; no lane known at all: half of a usual lane each side of the driven path.
placed as (
  select
    objects.*,
    ego.vx_ego_mps,
    ego.ax_ego_mps2,
    ego.light,
    ego.weather,
    ego.road_kind,
    coalesce(objects.role = ego.event_role, false) as is_event_role,
    coalesce(
      objects.lane_left_d_m,
      objects.lane_right_d_m + 2 * thresholds.lane_half_width_m,
      case when objects.lane_source = 'none' then thresholds.lane_half_width_m end
    ) as left_mark_d_m,
    coalesce(
      objects.lane_right_d_m,
      objects.lane_left_d_m - 2 * thresholds.lane_half_width_m,
      case when objects.lane_source = 'none' then -thresholds.lane_half_width_m end
    ) as right_mark_d_m,
    abs(objects.heading_path_rad) <= thresholds.metrics_same_direction_rad as is_same_direction,
    objects.object_class in ('car', 'truck', 'bus', 'motorcycle') as is_vehicle,
    objects.object_class not in ('static', 'other') as is_road_user,
    abs(objects.d_m) < objects.extent_d_m + 0.5 * ego.ego_width_m as is_in_corridor,
    -- ahead: the centre is beyond the front bumper; an overlap along the path is a gap of zero
    case
      when objects.s_rel_m > ego.front_bumper_m
        then greatest(objects.s_rel_m - objects.extent_s_m - ego.front_bumper_m, 0e0)
    end as gap_m,
    ego.v_s_mps - objects.v_s_mps as closing_speed_mps,
    sqrt(objects.x_ego_m * objects.x_ego_m + objects.y_ego_m * objects.y_ego_m) as range_m
  from objects
  inner join ego on objects.drive_id = ego.drive_id and objects.t_ns = ego.t_ns
  inner join thresholds on objects.project_id = thresholds.project_id
),

measured as (
  select
    placed.*,
    least(left_mark_d_m - (d_m - extent_d_m), (d_m + extent_d_m) - right_mark_d_m) as intrusion_m,
    d_m > 0.5 * (left_mark_d_m + right_mark_d_m) as is_left,
    d_m between right_mark_d_m and left_mark_d_m as is_in_ego_lane,
    case
      when gap_m > 0 and closing_speed_mps > thresholds.metrics_min_closing_speed_mps then gap_m / closing_speed_mps
    end as ttc_s,
    case when vx_ego_mps > thresholds.metrics_min_thw_speed_mps then gap_m / vx_ego_mps end as thw_s,
    case
      when gap_m > 0 and closing_speed_mps > 0 then closing_speed_mps * closing_speed_mps / (2 * gap_m)
    end as drac_mps2,
    -- the lead keeps its acceleration; unknown (it was just seen first): it keeps its speed
    case
      when gap_m > 0
        then least(
          coalesce(a_s_mps2, 0e0) - closing_speed_mps * greatest(closing_speed_mps, 0e0) / (2 * gap_m), 0e0
        )
    end as required_acceleration_mps2,
    -- the lead brakes to a stop first
    case
      when gap_m > 0 and a_s_mps2 < 0
        then -vx_ego_mps * vx_ego_mps / (2 * (gap_m + v_s_mps * v_s_mps / (2 * abs(a_s_mps2))))
    end as required_acceleration_stop_mps2,
    thresholds.metrics_reaction_time_s
  from placed
  inner join thresholds on placed.project_id = thresholds.project_id
),

-- The nearest in the ego lane, picked from narrow rows: sorting every column of every object would cost ten times more.
nearest as (
  select
    drive_id,
    role,
    t_ns,
    track_id,
    row_number() over (partition by drive_id, role, t_ns order by gap_m, track_id) as nearness
  from measured
  where is_in_ego_lane and is_same_direction and is_road_user and gap_m is not null
)

select
  -- keys
  measured.project_id, measured.drive_id, measured.role, measured.track_id, measured.t_ns, is_event_role,
  -- object
  object_class, is_vehicle, is_road_user, length_m, width_m, visibility_pct,
  -- place
  x_ego_m, y_ego_m, x_map_m, y_map_m, range_m, s_rel_m, path_s_rel_m, d_m, extent_s_m, extent_d_m,
  v_s_mps, v_d_mps, a_s_mps2, is_same_direction,
  -- lane
  lane_source, left_mark_d_m, right_mark_d_m, intrusion_m, is_left, is_in_ego_lane,
  -- the swept corridor decides where the lane is only assumed, and of those who may stand in a lane beside the vehicle
  coalesce((is_in_ego_lane and is_vehicle and lane_source <> 'none') or is_in_corridor, false) as is_in_path,
  nearest.track_id is not null as is_lead,
  -- conflict
  gap_m, closing_speed_mps, ttc_s, thw_s, drac_mps2,
  case
    when ttc_s > metrics_reaction_time_s then closing_speed_mps / (2 * (ttc_s - metrics_reaction_time_s))
  end as mdrac_mps2,
  ttc_s <= metrics_reaction_time_s as is_unavoidable,
  required_acceleration_mps2, required_acceleration_stop_mps2,
  -- ego
  vx_ego_mps, ax_ego_mps2, light, weather, road_kind
from measured
left join nearest
  on
    measured.drive_id = nearest.drive_id
    and measured.role = nearest.role
    and measured.t_ns = nearest.t_ns
    and measured.track_id = nearest.track_id
    and nearest.nearness = 1
