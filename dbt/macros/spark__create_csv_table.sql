{#-
  Seeds on Delta in one commit. dbt-spark drops the (external) table, which leaves its files, creates it and appends: the
  second run would double every row, and its inserts do not escape a quote. So: `create or replace` with the rows in it.
-#}
{% macro spark__create_csv_table(model, agate_table) -%}
  {%- set types = model['config'].get('column_types', {}) -%}
  {%- set sql -%}
    create or replace table {{ this.render() }} {{ file_format_clause() }} {{ location_clause() }} as
    select
      {%- for name in agate_table.column_names %}
      cast(col{{ loop.index }} as {{ types[name] }}) as {{ name }}{{ "," if not loop.last }}
      {%- endfor %}
    from values
      {%- for row in agate_table.rows %}
      (
        {%- for cell in row -%}
        {%- if cell is none %} null{% else %}
        '{{ (cell | string).replace("\\", "\\\\").replace("'", "\\'") }}'
        {%- endif %}{{ "," if not loop.last }}
        {%- endfor -%}
      ){{ "," if not loop.last }}
      {%- else %}
      ({% for name in agate_table.column_names %}null{{ "," if not loop.last }}{% endfor %})
    where false
      {%- endfor %}
  {%- endset -%}
  {% call statement('_') %}{{ sql }}{% endcall %}
  {{ return(sql) }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
  {{ return('-- the rows came with the table') }}
{%- endmacro %}
