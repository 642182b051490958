{{ config(materialized="table", pre_hook=[]) }}

with scoped as (
  select * from {{ ref('int_drives__scoped') }}
),

evaluability as (
  select * from {{ ref('fct_scenario_evaluability') }}
),

definitions as (
  select * from {{ ref('dim_scenario_definitions') }}
),

found as (
  select
    drive_id,
    scenario_id,
    count(*) as num_events
  from {{ ref('fct_scenario_events') }}
  group by drive_id, scenario_id
),

-- Only what was driven where the scenario could be seen counts below the line, and only events from there above it.
exposed as (
  select
    scoped.scope_id,
    scoped.scope,
    scoped.project_id,
    scoped.vehicle_kind,
    scoped.month,
    evaluability.scenario_id,
    sum(case when evaluability.is_evaluable then 1 else 0 end) as num_drives,
    sum(case when evaluability.is_evaluable then 0 else 1 end) as num_drives_not_evaluable,
    {{ exact_sum('case when evaluability.is_evaluable then evaluability.distance_m else 0e0 end') }} / 1000
      as distance_km,
    {{ exact_sum('case when evaluability.is_evaluable then evaluability.duration_s else 0e0 end') }} as duration_s,
    sum(case when evaluability.is_evaluable then coalesce(found.num_events, 0) else 0 end) as num_events
  from scoped
  inner join evaluability on scoped.drive_id = evaluability.drive_id
  left join found on evaluability.drive_id = found.drive_id and evaluability.scenario_id = found.scenario_id
  group by
    scoped.scope_id, scoped.scope, scoped.project_id, scoped.vehicle_kind, scoped.month, evaluability.scenario_id
),

constants as (
  select
    max(kpi_rule_of_three) as rule_of_three,
    max(perception_z_95) as z
  from {{ ref('int_thresholds__pivoted') }}
),

bounded as (
  select
    exposed.*,
    {{ poisson_bound('exposed.num_events', '-') }} as low_num_events,
    {{ poisson_bound('exposed.num_events', '+') }} as high_num_events,
    1000 / nullif(exposed.distance_km, 0) as per_1000_km,
    3600 / nullif(exposed.duration_s, 0) as per_h
  from exposed
  cross join constants
  left join {{ ref('poisson_intervals') }} as exact on exposed.num_events = exact.num_events
)

select
  md5(bounded.scope_id || '|' || bounded.scenario_id) as rate_id,
  bounded.scope,
  bounded.project_id,
  bounded.vehicle_kind,
  bounded.month,
  bounded.scenario_id,
  definitions.definition_version,
  cast(bounded.num_drives as bigint) as num_drives,
  cast(bounded.num_drives_not_evaluable as bigint) as num_drives_not_evaluable,
  bounded.distance_km,
  bounded.duration_s,
  cast(bounded.num_events as bigint) as num_events,
  bounded.num_events * bounded.per_1000_km as rate_per_1000_km,
  bounded.low_num_events * bounded.per_1000_km as ci_low_per_1000_km,
  bounded.high_num_events * bounded.per_1000_km as ci_high_per_1000_km,
  bounded.num_events * bounded.per_h as rate_per_h
from bounded
inner join definitions on bounded.scenario_id = definitions.scenario_id
