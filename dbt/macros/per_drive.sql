{#-
  A relation as an incremental model (a unit test has no `this`) may see it: only drives that changed since the last run, all of them in a full one.
  With `forget_changed_drives` as pre-hook a run is the same as a full one: drives are independent of each other.
-#}
{% macro per_drive(relation) -%}
  {%- if not execute or (this and is_incremental()) -%}
    {%- set changed = ref('int_drives__changed') -%}
    (select * from {{ relation }} where drive_id in (select changed.drive_id from {{ changed }} as changed))
  {%- else -%}
    {{ relation }}
  {%- endif -%}
{%- endmacro %}

{#-
  Before a model adds the rows of changed drives: what it said of them before goes, also where it now says nothing.
  A model that is never refreshed in full keeps history instead.
-#}
{% macro forget_changed_drives() -%}
  {%- if is_incremental() and config.get('full_refresh') is not sameas false -%}
    {%- set changed = ref('int_drives__changed') -%}
    {%- if target.type == 'spark' -%}  {#- Delta knows no subquery in a delete -#}
      merge into {{ this }} as built using {{ changed }} as changed on built.drive_id = changed.drive_id
      when matched then delete
    {%- else -%}
      delete from {{ this }} where drive_id in (select changed.drive_id from {{ changed }} as changed)
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{#-
  After a run in which every incremental model succeeded: the state that they were built from. A run that failed or was
  killed leaves the old state, and the next one does its drives again.
-#}
{% macro remember_built_drives(results) -%}
  {%- if execute and flags.WHICH in ('build', 'run') -%}
    {%- set done = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
    {%- set owed = graph.nodes.values() | selectattr('config.materialized', 'equalto', 'incremental')
      | map(attribute='unique_id') | reject('in', done) | list -%}
    {%- if not owed -%}
      create or replace table intermediate.int_drives__built
      {%- if target.type == 'spark' %} using delta
      location '{{ env_var('LONGTAIL_DBT_LAKE', '../lake') }}/intermediate/int_drives__built'
      {%- endif %} as
      select * from intermediate.int_drives__state
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}
