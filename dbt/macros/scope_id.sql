{#- The key of what a figure is about: fleet, project, or kind of vehicle and month. -#}
{% macro scope_id(scope, project_id, vehicle_kind, month) -%}
  {{ scope }} || '|' || {{ project_id }} || '|' || {{ vehicle_kind }} || '|' || {{ month }}
{%- endmacro %}
