{{ config(materialized="table") }}

with definitions as (
  select * from {{ ref('scenario_definitions') }}
),

thresholds as (
  select
    scenario_id,
    name || ' = ' || cast(cast(value as decimal(18, 4)) as varchar(64)) || ' ' || unit
    || ' (' || source || ') [' || evidence || ']' as threshold
  from {{ ref('scenario_thresholds') }}
),

listed as (
  select
    scenario_id,
    {{ joined_text('threshold') }} as thresholds
  from thresholds
  group by scenario_id
)

select
  definitions.scenario_id,
  definitions.definition_version,
  definitions.predicate,
  definitions.severity_bands,
  listed.thresholds,
  definitions.needs,
  definitions.source,
  definitions.evidence,
  definitions.owner
from definitions
left join listed on definitions.scenario_id = listed.scenario_id
