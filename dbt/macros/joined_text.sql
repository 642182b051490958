{#- All texts of a group in order, with '; ' between them: the one aggregate whose spelling differs. -#}
{% macro joined_text(expression) -%}
  {%- if target.type == 'duckdb' -%}
    string_agg({{ expression }}, '; ' order by {{ expression }})
  {%- else -%}
    array_join(array_sort(array_agg({{ expression }})), '; ')
  {%- endif -%}
{%- endmacro %}
