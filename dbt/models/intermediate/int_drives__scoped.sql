{{ config(materialized="view", pre_hook=[]) }}

with drives as (
  select
    drive_id,
    project_id,
    coalesce(vehicle_kind, 'unknown') as vehicle_kind,
    {{ month_of('t_start_ns') }} as month
  from {{ ref('dim_drives') }}
  where t_start_ns is not null
),

-- Every drive counts for the whole fleet, for its project, and for its kind of vehicle and month in that project.
scoped as (
  select 'fleet' as scope, 'all' as project_id, 'all' as vehicle_kind, 'all' as month, drive_id
  from drives
  union all
  select 'project' as scope, project_id, 'all' as vehicle_kind, 'all' as month, drive_id
  from drives
  union all
  select 'slice' as scope, project_id, vehicle_kind, month, drive_id
  from drives
)

select
  {{ scope_id('scope', 'project_id', 'vehicle_kind', 'month') }} as scope_id,
  scope,
  project_id,
  vehicle_kind,
  month,
  drive_id
from scoped
