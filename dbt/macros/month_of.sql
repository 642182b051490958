{#- The month of an instant (ns UTC) as text, '2026-11'. -#}
{% macro month_of(t_ns) -%}
  substr(
    cast(
      timestamp '1970-01-01 00:00:00' + cast(floor({{ t_ns }} / 1e9) as bigint) * interval '1' second as varchar(64)
    ), 1, 7
  )
{%- endmacro %}
