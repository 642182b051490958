with drives as (
  select * from {{ per_drive(ref('stg_drives')) }} as declared
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

motion as (
  select
    drive_id,
    min(project_id) as project_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    max(s_m) - min(s_m) as distance_m,
    count(*) as num_instants
  from {{ per_drive(ref('stg_ego_motion')) }} as ego
  group by drive_id
),

objects as (
  select
    drive_id,
    max(case when role = 'onboard' then 1 else 0 end) = 1 as has_onboard,
    max(case when role = 'reference' then 1 else 0 end) = 1 as has_reference
  from {{ per_drive(ref('stg_object_tracks')) }} as tracks
  group by drive_id
),

-- A drive without declaration still has motion, and a declared one may have none.
ids as (
  select
    drive_id,
    project_id
  from motion
  union
  select
    drive_id,
    project_id
  from drives
)

select
  ids.drive_id,
  ids.project_id,
  motion.t_start_ns,
  motion.t_end_ns,
  motion.distance_m,
  coalesce(motion.num_instants, 0) as num_instants,
  coalesce(objects.has_onboard, false) as has_onboard,
  coalesce(objects.has_reference, false) as has_reference,
  -- events come from the better list: the offline reference where there is one
  case when objects.has_reference then 'reference' when objects.has_onboard then 'onboard' end as event_role,
  coalesce(drives.rear_axle_to_front_bumper_m, thresholds.ego_rear_axle_to_front_bumper_m) as front_bumper_m,
  coalesce(
    drives.rear_axle_to_rear_bumper_m, drives.length_m - drives.rear_axle_to_front_bumper_m,
    thresholds.ego_rear_axle_to_rear_bumper_m
  ) as rear_bumper_m,
  coalesce(drives.width_m, thresholds.ego_width_m) as ego_width_m,
  case
    when substr(md5(ids.drive_id), 1, 4) < '{{ var("train_below") }}' then 'train'
    when substr(md5(ids.drive_id), 1, 4) < '{{ var("validation_below") }}' then 'validation'
    else 'test'
  end as split
from ids
left join drives on ids.drive_id = drives.drive_id
left join motion on ids.drive_id = motion.drive_id
left join objects on ids.drive_id = objects.drive_id
inner join thresholds on ids.project_id = thresholds.project_id
