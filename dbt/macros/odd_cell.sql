{#- The key of a cell of the operational design domain: one value per attribute. -#}
{% macro odd_cell(road_kind, light, weather, speed_band) -%}
  {{ road_kind }} || '|' || {{ light }} || '|' || {{ weather }} || '|' || {{ speed_band }}
{%- endmacro %}

{#- Joins the speed band (seed odd_declaration) of a speed in m/s as `bands`; no row: unknown. -#}
{% macro join_speed_band(speed_mps) -%}
  left join (
    select * from {{ ref('odd_declaration') }} where attribute = 'speed_band' and is_known
  ) as bands
    on
      {{ speed_mps }} >= coalesce(bands.min_value, {{ speed_mps }})
      and ({{ speed_mps }} < bands.max_value or bands.max_value is null)
{%- endmacro %}
