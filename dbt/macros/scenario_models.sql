{#- Every mart of scenario events: fct_scenario_events is their union. One name a line. -#}
{% macro scenario_models() -%}
  {{ return([
    'fct_cut_ins',
    'fct_hard_brakes',
    'fct_near_misses',
  ]) }}
{%- endmacro %}
