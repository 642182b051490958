{#- The instant of the 10 Hz grid nearest to `t_ns`, whole ns; needs the relation `thresholds`. -#}
{% macro nearest_instant(t_ns) -%}
  {%- set step = "cast(round(thresholds.events_grid_step_s * " ~ ns_per_s() ~ ") as bigint)" -%}
  {%- set half = "cast(round(thresholds.events_grid_step_s * " ~ ns_per_s() ~ " / 2) as bigint)" -%}
  {{ t_ns }} + {{ half }} - ({{ t_ns }} + {{ half }}) % {{ step }}
{%- endmacro %}
