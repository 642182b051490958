{#-
  How fast a column changes, per second, from the instant before to the one after in the window `track`; at the ends from
  or to the end itself. 0 where there is one instant only, null where the column is.
-#}
{% macro rate_per_s(column) -%}
  coalesce(
      (coalesce(lead({{ column }}) over track, {{ column }}) - coalesce(lag({{ column }}) over track, {{ column }}))
      * {{ ns_per_s() }} / nullif(coalesce(lead(t_ns) over track, t_ns) - coalesce(lag(t_ns) over track, t_ns), 0),
      0 * {{ column }}
    )
{%- endmacro %}
