{{ config(materialized="table", pre_hook=[]) }}

with drives as (
  select
    project_id,
    drive_id,
    distance_m,
    duration_s
  from {{ ref('dim_drives') }}
),

definitions as (
  select * from {{ ref('dim_scenario_definitions') }}
),

-- What a drive has. Bus signals count for the scenario that they stand for, not for all.
present as (
  select
    drive_id,
    capability,
    '' as scenario_id
  from {{ ref('int_capabilities__measured') }}
  where is_present
  union all
  select distinct
    drive_id,
    'bus_signals' as capability,
    scenario_id
  from {{ ref('int_bus_signals__watched') }}
),

needs as (
  select
    definitions.scenario_id,
    capabilities.capability,
    capabilities.missing
  from definitions
  inner join {{ ref('capabilities') }} as capabilities
    on ' ' || definitions.needs || ' ' like '% ' || capabilities.capability || ' %'
),

unmet as (
  select
    drives.drive_id,
    needs.scenario_id,
    needs.missing
  from drives
  cross join needs
  left join present
    on
      drives.drive_id = present.drive_id
      and needs.capability = present.capability
      and present.scenario_id in ('', needs.scenario_id)
  where present.drive_id is null
),

missing as (
  select
    drive_id,
    scenario_id,
    {{ joined_text('missing') }} as missing
  from unmet
  group by drive_id, scenario_id
)

select
  md5(drives.drive_id || '|' || definitions.scenario_id) as evaluability_id,
  drives.project_id,
  drives.drive_id,
  definitions.scenario_id,
  missing.missing is null and coalesce(drives.duration_s, 0e0) > 0 as is_evaluable,
  coalesce(missing.missing, case when coalesce(drives.duration_s, 0e0) = 0 then 'no ego motion' end) as missing,
  coalesce(drives.distance_m, 0e0) as distance_m,
  coalesce(drives.duration_s, 0e0) as duration_s
from drives
cross join definitions
left join missing on drives.drive_id = missing.drive_id and definitions.scenario_id = missing.scenario_id
