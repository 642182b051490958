-- noqa: disable=all
{#-
  Every row of the seeds is a column: <group>_<name>, and <scenario_id>_version. A new threshold needs no list.
  On Spark a view of literals (dbt_project.yml): every model reads it, and even one row costs a scan of log and file.
-#}
{%- set is_loaded = execute and load_relation(ref('scenario_thresholds')) is not none
  and load_relation(ref('scenario_definitions')) is not none -%}
{%- set names, scenarios = [], [] -%}
{%- if is_loaded -%}
  {%- set names = run_query(
    'select distinct scenario_id, name from ' ~ ref('scenario_thresholds') ~ ' order by scenario_id, name'
  ).rows -%}
  {%- set scenarios = run_query(
    'select distinct scenario_id from ' ~ ref('scenario_definitions') ~ ' order by scenario_id'
  ).columns[0].values() -%}
{%- endif -%}

{%- set pivot -%}
with projects as (
  select project_id from {{ ref('stg_drives') }}
  union
  select project_id from {{ ref('stg_ingest_ledger') }}
),

overrides as (
  select * from {{ ref('project_thresholds') }}
),

-- A project's own value counts before the common one.
resolved as (
  select
    projects.project_id,
    thresholds.scenario_id,
    thresholds.name,
    coalesce(overrides.value, thresholds.value) as value
  from projects
  cross join {{ ref('scenario_thresholds') }} as thresholds
  left join overrides
    on
      projects.project_id = overrides.project_id
      and thresholds.scenario_id = overrides.scenario_id
      and thresholds.name = overrides.name
),

-- Events of a project with its own thresholds carry a version of its own.
versions as (
  select
    projects.project_id,
    definitions.scenario_id,
    coalesce(max(overrides.definition_version), max(definitions.definition_version)) as definition_version
  from projects
  cross join {{ ref('scenario_definitions') }} as definitions
  left join overrides
    on projects.project_id = overrides.project_id and definitions.scenario_id = overrides.scenario_id
  group by projects.project_id, definitions.scenario_id
),

current_versions as (
  select
    project_id
    {%- for scenario in scenarios %},
    max(case when scenario_id = '{{ scenario }}' then definition_version end) as {{ scenario }}_version
    {%- endfor %}
  from versions
  group by project_id
),

pivoted as (
  select
    project_id
    {%- for name in names %},
    max(case when scenario_id = '{{ name[0] }}' and name = '{{ name[1] }}' then value end) as {{ name[0] }}_{{ name[1] }}
    {%- endfor %}
  from resolved
  group by project_id
)

select
  pivoted.*
  {%- for scenario in scenarios %},
  current_versions.{{ scenario }}_version
  {%- endfor %}
from pivoted
inner join current_versions on pivoted.project_id = current_versions.project_id
{%- endset %}

{{ as_literals(pivot) if is_loaded else pivot }}
