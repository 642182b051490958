{{ config(materialized="view", pre_hook=[]) }}

with seen as (
  select
    scoped.scope,
    scoped.project_id,
    events.scenario_id || '|' || events.odd_cell_id as trigger_id,
    events.t_start_ns,
    slices.month,
    row_number() over (
      partition by scoped.scope, scoped.project_id, events.scenario_id, events.odd_cell_id
      order by events.t_start_ns, events.event_id
    ) as order_in_time,
    count(*) over (
      partition by scoped.scope, scoped.project_id, events.scenario_id, events.odd_cell_id
    ) as num_events
  from {{ ref('int_events__weighed') }} as events
  inner join {{ ref('int_drives__scoped') }} as scoped on events.drive_id = scoped.drive_id
  inner join {{ ref('int_drives__scoped') }} as slices
    on events.drive_id = slices.drive_id and slices.scope = 'slice'
  where scoped.scope in ('fleet', 'project') and events.severity_weight > 0
)

select
  scope,
  project_id,
  trigger_id,
  t_start_ns as first_seen_ns,
  month,
  num_events
from seen
where order_in_time = 1
