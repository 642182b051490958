{#- All texts of a group in order, with '; ' between them: the one aggregate whose spelling differs. -#}
{% macro joined_text(expression) -%}
  {{ adapter.dispatch('joined_text')(expression) }}
{%- endmacro %}

{% macro default__joined_text(expression) -%}
  array_join(array_sort(array_agg({{ expression }})), '; ')
{%- endmacro %}

{% macro duckdb__joined_text(expression) -%}
  string_agg({{ expression }}, '; ' order by {{ expression }})
{%- endmacro %}
