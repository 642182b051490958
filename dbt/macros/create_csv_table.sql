{#-
  Seeds on Delta. dbt-spark drops the (external) table, which leaves its files, and then creates and appends: the second
  run would double every row. `create or replace` starts from an empty version instead.
-#}
{% macro spark__create_csv_table(model, agate_table) -%}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set sql -%}
    create or replace table {{ this.render() }} (
      {%- for name in agate_table.column_names %}
      {{ name }} {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}{{ "," if not loop.last }}
      {%- endfor %}
    ) {{ file_format_clause() }} {{ location_clause() }}
  {%- endset -%}
  {% call statement('_') %}{{ sql }}{% endcall %}
  {{ return(sql) }}
{%- endmacro %}
