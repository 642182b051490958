{#- Every mart of scenario events: fct_scenario_events is their union. One name a line. -#}
{% macro scenario_models() -%}
  {{ return([
    'fct_cut_ins',
    'fct_hard_brakes',
    'fct_near_misses',
    'fct_jaywalkings',
    'fct_ped_crossings',
    'fct_intersection_conflicts',
    'fct_turnings',
    'fct_u_turns',
    'fct_unprotected_lefts',
    'fct_overspeeds',
    'fct_bus_events',
    'fct_conditions',
    'fct_merges',
  ]) }}
{%- endmacro %}
