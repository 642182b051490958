{{ config(materialized="table", pre_hook=[]) }}

-- A slice by vehicle and month would leave nearly every cell empty: the fleet and its projects are enough here.
with scoped as (
  select * from {{ ref('int_drives__scoped') }}
  where scope in ('fleet', 'project')
),

scopes as (
  select distinct
    scope,
    project_id
  from scoped
),

cells as (
  select * from {{ ref('dim_odd_cells') }}
),

exposed as (
  select
    scoped.scope,
    scoped.project_id,
    exposures.odd_cell_id,
    count(*) as num_drives,
    {{ exact_sum('exposures.distance_m') }} / 1000 as distance_km,
    {{ exact_sum('exposures.duration_s') }} as duration_s
  from {{ ref('int_exposures__celled') }} as exposures
  inner join scoped on exposures.drive_id = scoped.drive_id
  group by scoped.scope, scoped.project_id, exposures.odd_cell_id
),

met as (
  select
    scoped.scope,
    scoped.project_id,
    events.odd_cell_id,
    count(*) as num_events,
    count(distinct events.scenario_id) as num_scenarios
  from {{ ref('int_events__weighed') }} as events
  inner join scoped on events.drive_id = scoped.drive_id
  where events.severity_weight > 0
  group by scoped.scope, scoped.project_id, events.odd_cell_id
),

constants as (
  select
    max(kpi_rule_of_three) as rule_of_three,
    max(perception_z_95) as z,
    max(odd_min_num_events) as min_num_events
  from {{ ref('int_thresholds__pivoted') }}
),

counted as (
  select
    scopes.scope,
    scopes.project_id,
    cells.*,
    coalesce(exposed.num_drives, 0) as num_drives,
    coalesce(exposed.distance_km, 0e0) as distance_km,
    coalesce(exposed.duration_s, 0e0) as duration_s,
    coalesce(met.num_events, 0) as num_events,
    coalesce(met.num_scenarios, 0) as num_scenarios
  from scopes
  cross join cells
  left join exposed
    on
      scopes.scope = exposed.scope
      and scopes.project_id = exposed.project_id
      and cells.odd_cell_id = exposed.odd_cell_id
  left join met
    on
      scopes.scope = met.scope
      and scopes.project_id = met.project_id
      and cells.odd_cell_id = met.odd_cell_id
)

select
  md5(counted.scope || '|' || counted.project_id || '|' || counted.odd_cell_id) as coverage_id,
  counted.scope,
  counted.project_id,
  counted.odd_cell_id,
  counted.road_kind,
  counted.light,
  counted.weather,
  counted.speed_band,
  counted.is_known,
  counted.is_declared,
  counted.num_drives,
  counted.distance_km,
  counted.duration_s,
  counted.num_events,
  counted.num_scenarios,
  counted.num_events * 1000 / nullif(counted.distance_km, 0) as rate_per_1000_km,
  {{ poisson_bound('counted.num_events', '-') }} * 1000 / nullif(counted.distance_km, 0) as ci_low_per_1000_km,
  {{ poisson_bound('counted.num_events', '+') }} * 1000 / nullif(counted.distance_km, 0) as ci_high_per_1000_km,
  counted.num_events >= constants.min_num_events as is_covered,
  1 - least(counted.num_events / constants.min_num_events, 1e0) as gap_share,
  case
    when not counted.is_known then 'not recorded'
    when not counted.is_declared then 'outside the declared domain'
    when counted.duration_s = 0 then 'never driven'
    when counted.num_events >= constants.min_num_events then 'covered'
    else 'too few events'
  end as status
from counted
cross join constants
left join {{ ref('poisson_intervals') }} as exact on counted.num_events = exact.num_events
