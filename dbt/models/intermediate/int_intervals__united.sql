{{ config(materialized="view", pre_hook=[]) }}

select
  events.event_id as interval_id,
  events.project_id,
  events.drive_id,
  events.scenario_id as kind,
  events.t_start_ns,
  events.t_end_ns,
  events.actor_track_id,
  contexts.object_class
from {{ ref('fct_scenario_events') }} as events
left join {{ ref('dim_event_contexts') }} as contexts on events.event_id = contexts.event_id
union all
select
  event_id as interval_id,
  project_id,
  drive_id,
  kind,
  t_start_ns,
  t_end_ns,
  cast(null as varchar(64)) as actor_track_id,
  cast(null as varchar(64)) as object_class
from {{ ref('fct_data_quality') }}
