with points as (
  select sampled.*
  from {{ per_drive(ref('int_path_visits__sampled')) }} as sampled
  inner join {{ per_drive(ref('int_path_visits__bounded')) }} as visits
    on
      sampled.drive_id = visits.drive_id
      and sampled.track_id = visits.track_id
      and sampled.visit_index = visits.visit_index
  where visits.is_crossing
),

drives as (
  select * from {{ ref('int_drives__profiled') }}
),

-- Where the ego origin is when its front reaches what the actor covers, and when its rear has left it.
targets as (
  {%- for part, place in {'front': 'low_m - drives.front_bumper_m', 'rear': 'high_m + drives.rear_bumper_m'}.items() %}
  select
    points.project_id, points.drive_id, points.track_id, points.visit_index, points.point_kind, points.at_ns,
    '{{ part }}' as part,
    0.5 * (points.low_m + points.high_m) as conflict_s_m,
    points.{{ place }} as place_m
  from points
  inner join drives on points.drive_id = drives.drive_id
  {{ "union all" if part == 'front' }}
  {%- endfor %}
),

-- The ego only drives forward along its path, so the order of places is the order of times: one sort, no range join.
line as (
  select
    targets.*,
    0 as is_ego,
    cast(null as bigint) as ego_ns,
    cast(null as double) as ego_m
  from targets
  union all
  select
    ego.project_id,
    ego.drive_id,
    cast(null as varchar(64)) as track_id,
    cast(null as bigint) as visit_index,
    cast(null as varchar(64)) as point_kind,
    cast(null as bigint) as at_ns,
    cast(null as varchar(64)) as part,
    cast(null as double) as conflict_s_m,
    ego.s_m as place_m,
    1 as is_ego,
    ego.t_ns as ego_ns,
    ego.s_m as ego_m
  from {{ per_drive(ref('stg_ego_motion')) }} as ego
  where ego.s_m is not null
),

bracketed as (
  select
    line.*,
    max(ego_ns) over (
      partition by drive_id order by place_m, is_ego rows between unbounded preceding and current row
    ) as before_ns,
    max(ego_m) over (
      partition by drive_id order by place_m, is_ego rows between unbounded preceding and current row
    ) as before_m,
    min(ego_ns) over (
      partition by drive_id order by place_m desc, is_ego desc rows between unbounded preceding and current row
    ) as after_ns,
    min(ego_m) over (
      partition by drive_id order by place_m desc, is_ego desc rows between unbounded preceding and current row
    ) as after_m
  from line
),

passed as (
  select
    bracketed.*,
    before_ns + cast(round((place_m - before_m) / (after_m - before_m) * (after_ns - before_ns)) as bigint) as ego_at_ns
  from bracketed
  inner join {{ ref('int_thresholds__pivoted') }} as thresholds on bracketed.project_id = thresholds.project_id
  where is_ego = 0 and after_m > before_m and after_ns - before_ns <= thresholds.events_merge_gap_s * {{ ns_per_s() }}
),

points_passed as (
  select
    project_id,
    drive_id,
    track_id,
    visit_index,
    point_kind,
    at_ns,
    min(conflict_s_m) as conflict_s_m,
    min(case when part = 'front' then ego_at_ns end) as ego_enters_ns,
    min(case when part = 'rear' then ego_at_ns end) as ego_leaves_ns
  from passed
  group by project_id, drive_id, track_id, visit_index, point_kind, at_ns
)

select
  points_passed.*,
  case
    when at_ns < ego_enters_ns then 'actor'
    when at_ns > ego_leaves_ns then 'ego'
    when at_ns >= ego_enters_ns and at_ns <= ego_leaves_ns then 'both'
  end as who_was_first,
  case when at_ns < ego_enters_ns then at_ns when at_ns > ego_leaves_ns then ego_leaves_ns end as first_exit_ns,
  case when at_ns < ego_enters_ns then ego_enters_ns when at_ns > ego_leaves_ns then at_ns end as second_entry_ns
from points_passed
