{{ config(materialized="table", pre_hook=[]) }}

with coverage as (
  select * from {{ ref('fct_odd_coverage') }}
),

triggers as (
  select * from {{ ref('int_triggers__discovered') }}
),

bins as (
  select * from {{ ref('fct_parameter_coverage') }}
),

-- Every metric is a share: numerator and denominator stay, so that shares of scopes can be checked and pooled.
measured as (
  select
    scope, project_id, 'odd_cells_covered' as metric,
    'declared cells with enough events, of all declared cells' as meaning,
    sum(case when is_covered then 1e0 else 0e0 end) as numerator, count(*) * 1e0 as denominator
  from coverage
  where is_declared
  group by scope, project_id
  union all
  select
    scope, project_id, 'odd_cells_driven' as metric,
    'declared cells that were driven in, of all declared cells' as meaning,
    sum(case when duration_s > 0 then 1e0 else 0e0 end) as numerator, count(*) * 1e0 as denominator
  from coverage
  where is_declared
  group by scope, project_id
  union all
  select
    scope, project_id, 'time_in_declared_odd' as metric,
    'time in declared cells, of all time in which every attribute is known' as meaning,
    {{ exact_sum('case when is_declared then duration_s else 0e0 end') }} as numerator,
    {{ exact_sum('duration_s') }} as denominator
  from coverage
  where is_known
  group by scope, project_id
  union all
  select
    scope, project_id, 'time_with_known_odd' as metric,
    'time in which every attribute of the domain is known, of all time' as meaning,
    {{ exact_sum('case when is_known then duration_s else 0e0 end') }} as numerator,
    {{ exact_sum('duration_s') }} as denominator
  from coverage
  group by scope, project_id
  union all
  select
    scope, project_id, 'unseen_mass' as metric,
    'Good-Turing: triggering conditions seen once, of all events; the chance that the next event is of a new kind'
      as meaning,
    sum(case when num_events = 1 then 1e0 else 0e0 end) as numerator, sum(num_events) * 1e0 as denominator
  from triggers
  group by scope, project_id
  union all
  select
    scope, project_id, scenario_id || '_parameter_space' as metric,
    'bins of gap and closing speed that were ever met, of all bins' as meaning,
    sum(case when num_events > 0 then 1e0 else 0e0 end) as numerator, count(*) * 1e0 as denominator
  from bins
  group by scope, project_id, scenario_id
)

select
  md5(scope || '|' || project_id || '|' || metric) as metric_id,
  scope,
  project_id,
  metric,
  meaning,
  numerator,
  denominator,
  numerator / nullif(denominator, 0) as value
from measured
