-- noqa: disable=all
{{ config(materialized="incremental", full_refresh=false) }}
{#- Runs before fct_scenario_events is built again, reads what it holds until then: a reference would be a circle. -#}
{%- set events = adapter.get_relation(this.database, this.schema, 'fct_scenario_events') if execute -%}

with newest as (
  select
    scenario_id,
    max(definition_version) as definition_version
  from {{ ref('scenario_definitions') }}
  group by scenario_id
),

current_versions as (
  select scenario_id, definition_version from newest
  union
  select scenario_id, definition_version from {{ ref('project_thresholds') }}
)

{% if events -%}
select
  {%- for column in event_columns() %}
  events.{{ column }},
  {%- endfor %}
  newest.definition_version as superseded_by_version
from {{ events }} as events
inner join newest on events.scenario_id = newest.scenario_id
left join current_versions
  on
    events.scenario_id = current_versions.scenario_id
    and events.definition_version = current_versions.definition_version
where
  current_versions.scenario_id is null
  {%- if is_incremental() %}
  and events.event_id not in (select known.event_id from {{ this }} as known)
  {%- endif %}
{%- else -%}
select
  {%- for column in event_columns() %}
  {%- set is_number = column == 'confidence' or column.endswith(('_s', '_m', '_mps', '_mps2')) %}
  {%- set is_whole = column == 'definition_version' or column.endswith('_ns') %}
  {%- set type = 'bigint' if is_whole else 'double' if is_number else 'string' %}
  cast(null as {{ type }}) as {{ column }},
  {%- endfor %}
  cast(null as bigint) as superseded_by_version
from current_versions
where false
{%- endif %}
