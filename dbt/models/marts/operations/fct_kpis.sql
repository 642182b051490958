{{ config(materialized="table", pre_hook=[]) }}

with scopes as (
  select distinct
    scope_id,
    scope,
    project_id,
    vehicle_kind,
    month
  from {{ ref('int_drives__scoped') }}
),

-- A share has Wilson's interval, a rate Poisson's, a duration none.
collected as (
  select
    {{ scope_id('scope', 'project_id', 'vehicle_kind', 'month') }} as scope_id,
    'disengagements_per_1000_km' as kpi, scenario_id, rate_per_1000_km as value, '1/1000 km' as unit,
    num_events * 1e0 as numerator, distance_km as denominator, num_drives as num_samples,
    ci_low_per_1000_km as ci_low, ci_high_per_1000_km as ci_high
  from {{ ref('fct_scenario_rates') }}
  where scenario_id = 'disengagement'
  union all
  select
    scope_id, kpi, cast(null as varchar(64)) as scenario_id, value, '1' as unit,
    numerator, denominator, num_samples, ci_low, ci_high
  from {{ ref('int_perception_kpis__counted') }}
  union all
  select
    scope_id, kpi, scenario_id, value, '1' as unit,
    numerator, denominator, num_samples, ci_low, ci_high
  from {{ ref('int_definition_kpis__pooled') }}
  union all
  select
    scope_id, kpi, cast(null as varchar(64)) as scenario_id, value, 's' as unit,
    value as numerator, 1e0 as denominator, num_samples, cast(null as double) as ci_low, cast(null as double) as ci_high
  from {{ ref('int_duration_kpis__ranked') }}
)

select
  md5(collected.scope_id || '|' || collected.kpi || '|' || coalesce(collected.scenario_id, '')) as kpi_id,
  scopes.scope,
  scopes.project_id,
  scopes.vehicle_kind,
  scopes.month,
  collected.kpi,
  collected.scenario_id,
  collected.value,
  collected.unit,
  collected.numerator,
  collected.denominator,
  collected.num_samples,
  collected.ci_low,
  collected.ci_high
from collected
inner join scopes on collected.scope_id = scopes.scope_id
