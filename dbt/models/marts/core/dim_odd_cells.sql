{{ config(materialized="table", pre_hook=[]) }}

{%- set attributes = ['road_kind', 'light', 'weather', 'speed_band'] -%}

with declared as (
  select * from {{ ref('odd_declaration') }}
),

{%- for attribute in attributes %}

{{ attribute }}s as (
  select
    value as {{ attribute }},
    is_known,
    is_declared
  from declared
  where attribute = '{{ attribute }}'
){{ "," if not loop.last }}
{%- endfor %}

select
  {{ odd_cell('road_kind', 'light', 'weather', 'speed_band') }} as odd_cell_id,
  road_kind,
  light,
  weather,
  speed_band,
  road_kinds.is_known and lights.is_known and weathers.is_known and speed_bands.is_known as is_known,
  road_kinds.is_declared and lights.is_declared and weathers.is_declared and speed_bands.is_declared as is_declared
from road_kinds
cross join lights
cross join weathers
cross join speed_bands
