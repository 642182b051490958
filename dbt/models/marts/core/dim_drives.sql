with drives as (
  select * from {{ per_drive(ref('int_drives__profiled')) }} as profiled
),

declared as (
  select * from {{ ref('stg_drives') }}
),

instants as (
  select * from {{ per_drive(ref('int_ego_instants__enriched')) }} as enriched
),

ledger as (
  select
    drive_id,
    count(*) as num_files,
    cast(sum(bronze_num_messages) as bigint) as num_messages,
    cast(sum(quarantined_num_messages) as bigint) as num_quarantined_messages
  from {{ ref('stg_ingest_ledger') }}
  group by drive_id
),

combinations as (
  select
    drive_id,
    light,
    weather,
    road_kind,
    lane_source,
    count(*) as num_instants
  from instants
  group by drive_id, light, weather, road_kind, lane_source
),

totals as (
  select
    combinations.*,
    sum(num_instants) over (partition by drive_id, light) as num_light,
    sum(num_instants) over (partition by drive_id, weather) as num_weather,
    sum(num_instants) over (partition by drive_id, road_kind) as num_road,
    sum(num_instants) over (partition by drive_id, lane_source) as num_lane
  from combinations
),

-- The state that lasted longest; ties go to the first name, so that every engine answers alike.
ranked as (
  select
    totals.*,
    row_number() over (partition by drive_id order by num_light desc, light) as light_rank,
    row_number() over (partition by drive_id order by num_weather desc, weather) as weather_rank,
    row_number() over (partition by drive_id order by num_road desc, road_kind) as road_rank,
    row_number() over (partition by drive_id order by num_lane desc, lane_source) as lane_rank
  from totals
),

longest as (
  select
    drive_id,
    max(case when light_rank = 1 then light end) as light,
    max(case when weather_rank = 1 then weather end) as weather,
    max(case when road_rank = 1 then road_kind end) as road_kind,
    max(case when lane_rank = 1 then lane_source end) as lane_source
  from ranked
  group by drive_id
)

select
  drives.drive_id,
  drives.project_id,
  declared.vehicle_id,
  declared.vehicle_kind,
  declared.site,
  declared.software_version,
  coalesce(declared.is_declared, false) as is_declared,
  drives.t_start_ns,
  drives.t_end_ns,
  (drives.t_end_ns - drives.t_start_ns) * 1e-9 as duration_s,
  drives.distance_m,
  drives.num_instants,
  ledger.num_files,
  ledger.num_messages,
  ledger.num_quarantined_messages,
  drives.has_onboard,
  drives.has_reference,
  drives.event_role,
  coalesce(longest.light, 'unknown') as light,
  coalesce(longest.weather, 'unknown') as weather,
  coalesce(longest.road_kind, 'unknown') as road_kind,
  coalesce(longest.lane_source, 'none') as lane_source,
  drives.split
from drives
left join declared on drives.drive_id = declared.drive_id
left join ledger on drives.drive_id = ledger.drive_id
left join longest on drives.drive_id = longest.drive_id
