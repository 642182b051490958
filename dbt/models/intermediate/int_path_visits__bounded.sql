with points as (
  select
    visits.*,
    row_number() over (partition by drive_id, track_id, visit_index order by at_ns, point_kind) as place_from_start,
    row_number() over (partition by drive_id, track_id, visit_index order by at_ns desc, point_kind desc)
      as place_from_end
  from {{ per_drive(ref('int_path_visits__sampled')) }} as visits
),

visits as (
  select
    project_id,
    drive_id,
    track_id,
    visit_index,
    max(role) as role,
    max(object_class) as object_class,
    min(case when point_kind = 'inside' then at_ns end) as t_start_ns,
    max(case when point_kind = 'inside' then at_ns end) as t_end_ns,
    min(case when point_kind = 'entry' then at_ns end) as first_entry_ns,
    max(case when point_kind = 'exit' then at_ns end) as last_exit_ns,
    max(case when place_from_start = 1 then d_m end) as first_d_m,
    max(case when place_from_end = 1 then d_m end) as last_d_m,
    max(case when place_from_start = 1 then 0.5 * (low_m + high_m) end) as first_s_m,
    max(case when place_from_end = 1 then 0.5 * (low_m + high_m) end) as last_s_m
  from points
  group by project_id, drive_id, track_id, visit_index
),

moved as (
  select
    visits.*,
    abs(last_d_m - first_d_m) as lateral_m,
    last_s_m - first_s_m as along_m,
    -- rounded, because engines differ in the last digit of atan2
    round(atan2(abs(last_d_m - first_d_m), last_s_m - first_s_m), 9) as crossing_angle_rad
  from visits
)

select
  moved.project_id,
  moved.drive_id,
  moved.track_id,
  moved.visit_index,
  moved.role,
  moved.object_class,
  moved.t_start_ns,
  moved.t_end_ns,
  -- null: the track begins or ends in the corridor
  case when moved.first_entry_ns <= moved.t_start_ns then moved.first_entry_ns end as t_entry_ns,
  case when moved.last_exit_ns >= moved.t_end_ns then moved.last_exit_ns end as t_exit_ns,
  moved.first_d_m > moved.last_d_m as is_from_left,
  moved.lateral_m,
  moved.along_m,
  moved.crossing_angle_rad,
  moved.lateral_m >= thresholds.encounter_min_lateral_m
  and moved.crossing_angle_rad >= thresholds.encounter_min_crossing_angle_rad
  and moved.crossing_angle_rad <= thresholds.encounter_max_crossing_angle_rad as is_crossing
from moved
inner join {{ ref('int_thresholds__pivoted') }} as thresholds on moved.project_id = thresholds.project_id
