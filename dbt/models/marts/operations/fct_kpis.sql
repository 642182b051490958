{{ config(materialized="table") }}

with definitions as (
  select
    scenario_id,
    definition_version
  from {{ ref('dim_scenario_definitions') }}
),

-- Not a matter of a project: the quantiles are the same in each.
thresholds as (
  select
    max(kpi_rule_of_three) as kpi_rule_of_three,
    max(perception_z_95) as perception_z_95
  from {{ ref('int_thresholds__pivoted') }}
),

-- Every drive counts once for its project and once for the whole fleet.
drives as (
  select 'project' as scope, project_id, drive_id, distance_m, duration_s
  from {{ ref('dim_drives') }}
  where duration_s is not null
  union all
  select 'fleet' as scope, 'all' as project_id, drive_id, distance_m, duration_s
  from {{ ref('dim_drives') }}
  where duration_s is not null
),

exposure as (
  select
    scope,
    project_id,
    count(*) as num_drives,
    sum(coalesce(distance_m, 0e0)) / 1000 as distance_km,
    sum(duration_s) as duration_s
  from drives
  group by scope, project_id
),

counted as (
  select
    drives.scope,
    drives.project_id,
    events.scenario_id,
    events.definition_version,
    count(*) as num_events
  from drives
  inner join {{ ref('fct_scenario_events') }} as events on drives.drive_id = events.drive_id
  group by drives.scope, drives.project_id, events.scenario_id, events.definition_version
),

rated as (
  select
    exposure.*,
    definitions.scenario_id,
    definitions.definition_version,
    coalesce(counted.num_events, 0) as num_events,
    coalesce(counted.num_events, 0) + 1 as num_events_above,
    100 / nullif(exposure.distance_km, 0) as per_100_km,
    3600 / nullif(exposure.duration_s, 0) as per_h,
    thresholds.kpi_rule_of_three,
    thresholds.perception_z_95 as z
  from exposure
  cross join definitions
  cross join thresholds
  left join counted
    on
      exposure.scope = counted.scope
      and exposure.project_id = counted.project_id
      and definitions.scenario_id = counted.scenario_id
      and definitions.definition_version = counted.definition_version
),

-- Byar's approximation of the exact Poisson interval, cube of a base; the rule of three where nothing happened.
bounded as (
  select
    rated.*,
    case
      when num_events > 0 then greatest(1 - 1e0 / (9 * num_events) - z / (3 * sqrt(1e0 * num_events)), 0e0)
    end as low_base,
    1 - 1e0 / (9 * num_events_above) + z / (3 * sqrt(1e0 * num_events_above)) as high_base
  from rated
)

select
  md5(scope || '|' || project_id || '|' || scenario_id || '|' || cast(definition_version as varchar(64))) as kpi_id,
  scope,
  project_id,
  scenario_id,
  definition_version,
  num_drives,
  distance_km,
  duration_s,
  num_events,
  num_events * per_100_km as rate_per_100_km,
  case
    when num_events = 0 then 0e0 * per_100_km
    else num_events * low_base * low_base * low_base * per_100_km
  end as ci_low_per_100_km,
  case
    when num_events = 0 then kpi_rule_of_three * per_100_km
    else num_events_above * high_base * high_base * high_base * per_100_km
  end as ci_high_per_100_km,
  num_events * per_h as rate_per_h
from bounded
