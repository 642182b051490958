{#- The id of an event: the same event found again, by any engine, has the same id. -#}
{% macro event_id(scenario_id, definition_version, drive_id, actor_track_id, t_start_ns) -%}
  md5(
    {{ scenario_id }} || '|' || cast({{ definition_version }} as varchar(64)) || '|' || {{ drive_id }} || '|'
    || coalesce({{ actor_track_id }}, '') || '|' || cast({{ t_start_ns }} as varchar(64))
  )
{%- endmacro %}
