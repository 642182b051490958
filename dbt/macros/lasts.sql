{#-
  True when an interval of instants lasts at least `min_duration_s`. Each instant stands for one step of the grid, and
  both sides are whole nanoseconds, so that a duration right at the limit counts on every engine.
-#}
{% macro lasts(interval, min_duration_s) -%}
  {{ interval }}.t_end_ns - {{ interval }}.t_start_ns
    >= cast(round(({{ min_duration_s }} - thresholds.events_grid_step_s) * {{ ns_per_s() }}) as bigint)
{%- endmacro %}
