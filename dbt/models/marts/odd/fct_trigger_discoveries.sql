{{ config(materialized="table", pre_hook=[]) }}

with scoped as (
  select
    all_scopes.scope,
    all_scopes.project_id,
    all_scopes.drive_id,
    slices.month
  from {{ ref('int_drives__scoped') }} as all_scopes
  inner join {{ ref('int_drives__scoped') }} as slices
    on all_scopes.drive_id = slices.drive_id and slices.scope = 'slice'
  where all_scopes.scope in ('fleet', 'project')
),

driven as (
  select
    scoped.scope,
    scoped.project_id,
    scoped.month,
    count(*) as num_drives,
    {{ exact_sum('coalesce(drives.distance_m, 0e0)') }} / 1000 as distance_km
  from scoped
  inner join {{ ref('dim_drives') }} as drives on scoped.drive_id = drives.drive_id
  group by scoped.scope, scoped.project_id, scoped.month
),

discovered as (
  select
    scope,
    project_id,
    month,
    count(*) as num_new_triggers
  from {{ ref('int_triggers__discovered') }}
  group by scope, project_id, month
),

joined as (
  select
    driven.*,
    coalesce(discovered.num_new_triggers, 0) as num_new_triggers
  from driven
  left join discovered
    on
      driven.scope = discovered.scope
      and driven.project_id = discovered.project_id
      and driven.month = discovered.month
)

select
  md5(scope || '|' || project_id || '|' || month) as discovery_id,
  scope,
  project_id,
  month,
  num_drives,
  distance_km,
  num_new_triggers,
  cast(sum(num_new_triggers) over (
    partition by scope, project_id order by month rows between unbounded preceding and current row
  ) as bigint) as num_triggers_so_far,
  num_new_triggers * 1000 / nullif(distance_km, 0) as rate_per_1000_km
from joined
