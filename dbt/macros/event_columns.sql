{#- The columns that every scenario has, in the order of the architecture. -#}
{% macro event_columns() -%}
  {{ return([
    'event_id', 'scenario_id', 'definition_version', 'project_id', 'drive_id', 'actor_track_id', 't_start_ns',
    't_peak_ns', 't_end_ns', 'severity', 'min_ttc_s', 'min_thw_s', 'max_drac_mps2', 'gap_at_start_m',
    'closing_speed_at_start_mps', 'peak_deceleration_mps2', 'light', 'weather', 'road_kind', 'lane_source',
    'confidence']) }}
{%- endmacro %}
