with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

profiled as (
  select * from {{ per_drive(ref('int_drives__profiled')) }} as drives
),

-- Lanes that join lie on each other near their end: who comes there is on the lane that it entered first.
ego as (
  select
    motion.*,
    row_number() over (partition by drive_id, joint_id order by t_ns) as place
  from {{ per_drive(ref('stg_ego_motion')) }} as motion
  where joint_id is not null
),

objects as (
  select
    tracks.*,
    row_number() over (partition by tracks.drive_id, track_id, joint_id order by t_ns) as place
  from {{ per_drive(ref('stg_object_tracks')) }} as tracks
  inner join profiled on tracks.drive_id = profiled.drive_id and tracks.role = profiled.event_role
  where joint_id is not null and object_class in ('car', 'truck', 'bus', 'motorcycle', 'bicycle')
),

-- The last instant near the end of the lane: the place where the lanes join is passed.
ego_passes as (
  select
    ego.project_id,
    ego.drive_id,
    ego.joint_id,
    max(case when ego.place = 1 then ego.joint_lane_id end) as joint_lane_id,
    max(case when ego.joint_distance_m <= thresholds.merge_max_end_distance_m then ego.t_ns end) as t_pass_ns
  from ego
  inner join thresholds on ego.project_id = thresholds.project_id
  group by ego.project_id, ego.drive_id, ego.joint_id
),

actor_passes as (
  select
    objects.drive_id,
    objects.track_id,
    objects.joint_id,
    max(case when objects.place = 1 then objects.joint_lane_id end) as joint_lane_id,
    max(case when objects.joint_distance_m <= thresholds.merge_max_end_distance_m then objects.t_ns end) as t_pass_ns
  from objects
  inner join thresholds on objects.project_id = thresholds.project_id
  group by objects.drive_id, objects.track_id, objects.joint_id
),

meetings as (
  select
    ego_passes.project_id,
    ego_passes.drive_id,
    actor_passes.track_id,
    ego_passes.joint_id,
    least(ego_passes.t_pass_ns, actor_passes.t_pass_ns) as t_start_ns,
    greatest(ego_passes.t_pass_ns, actor_passes.t_pass_ns) as t_end_ns,
    ego_passes.t_pass_ns < actor_passes.t_pass_ns as is_ego_first,
    cast(abs(actor_passes.t_pass_ns - ego_passes.t_pass_ns) as double) / {{ ns_per_s() }} as pet_s,
    false as is_overlapping
  from ego_passes
  inner join actor_passes
    on
      ego_passes.drive_id = actor_passes.drive_id
      and ego_passes.joint_id = actor_passes.joint_id
      and ego_passes.joint_lane_id <> actor_passes.joint_lane_id
),

found as (
  select
    meetings.project_id,
    meetings.drive_id,
    meetings.track_id,
    meetings.t_start_ns,
    meetings.t_end_ns,
    meetings.joint_id,
    meetings.is_ego_first,
    meetings.pet_s as time_gap_s,
    {{ pet_band('meetings') }} as severity
  from meetings
  inner join thresholds on meetings.project_id = thresholds.project_id
  where meetings.pet_s <= thresholds.merge_max_time_gap_s
)

{{ scenario_events('merge', extras=['joint_id', 'time_gap_s', 'is_ego_first'], uses_lane=false) }}
