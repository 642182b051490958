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
    'fct_lane_changes',
    'fct_emergency_lane_changes',
    'fct_tailgatings',
    'fct_followings',
    'fct_lead_hard_brakes',
    'fct_cut_outs',
    'fct_swerving_leads',
    'fct_stationaries',
    'fct_blocked_lanes',
    'fct_occluded_ped_emergings',
  ]) }}
{%- endmacro %}
