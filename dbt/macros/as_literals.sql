{#-
  On Spark the rows that `sql` has now as a query without any table: text, doubles, and whole numbers in *_version.
  Elsewhere `sql` itself.
-#}
{% macro as_literals(sql) -%}
  {{ return(adapter.dispatch('as_literals')(sql)) }}
{%- endmacro %}

{% macro default__as_literals(sql) -%}
  {{ return(sql) }}
{%- endmacro %}

{% macro spark__as_literals(sql) -%}
  {%- set found = run_query(sql) -%}
  select
    {%- for name in found.column_names %}
    col{{ loop.index }} as {{ name }}{{ "," if not loop.last }}
    {%- endfor %}
  from values
    {%- for row in found.rows %}
    (
      {%- for value in row -%}
      {%- if value is none %} cast(null as double)
      {%- elif value is string %} '{{ value.replace("\\", "\\\\").replace("'", "\\'") }}'
      {%- elif found.column_names[loop.index0].endswith('_version') %} {{ value }}L
      {%- else %} {{ value }}D
      {%- endif %}{{ "," if not loop.last }}
      {%- endfor -%}
    ){{ "," if not loop.last }}
    {%- else %}
    ({% for name in found.column_names %}null{{ "," if not loop.last }}{% endfor %})
  where false
    {%- endfor %}
{%- endmacro %}
