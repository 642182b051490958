{{ config(materialized="view", pre_hook=[]) }}

select
  events.event_id,
  events.project_id,
  events.drive_id,
  events.scenario_id,
  events.severity,
  events.t_start_ns,
  events.t_end_ns,
  events.actor_track_id,
  events.gap_at_start_m,
  events.closing_speed_at_start_mps,
  contexts.odd_cell_id,
  contexts.month,
  contexts.object_class,
  coalesce(weights.weight, thresholds.edge_case_default_severity) as severity_weight
from {{ ref('fct_scenario_events') }} as events
inner join {{ ref('dim_event_contexts') }} as contexts on events.event_id = contexts.event_id
inner join {{ ref('int_thresholds__pivoted') }} as thresholds on events.project_id = thresholds.project_id
left join {{ ref('severity_weights') }} as weights on events.severity = weights.severity
