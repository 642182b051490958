with drives as (
  select * from {{ ref('int_drives__profiled') }}
),

declared as (
  select * from {{ ref('stg_drives') }}
),

instants as (
  select * from {{ ref('int_ego_instants__enriched') }}
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

-- The state that lasted longest; ties go to the first name, so that every engine answers alike.
states as (
  select drive_id, 'light' as kind, light as state, count(*) as num_instants
  from instants group by drive_id, light
  union all
  select drive_id, 'weather' as kind, weather as state, count(*) as num_instants
  from instants group by drive_id, weather
  union all
  select drive_id, 'road' as kind, road_kind as state, count(*) as num_instants
  from instants group by drive_id, road_kind
  union all
  select drive_id, 'lane' as kind, lane_source as state, count(*) as num_instants
  from instants group by drive_id, lane_source
),

ranked as (
  select
    states.*,
    row_number() over (partition by drive_id, kind order by num_instants desc, state) as state_rank
  from states
),

longest as (
  select
    drive_id,
    max(case when kind = 'light' then state end) as light,
    max(case when kind = 'weather' then state end) as weather,
    max(case when kind = 'road' then state end) as road_kind,
    max(case when kind = 'lane' then state end) as lane_source
  from ranked
  where state_rank = 1
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
