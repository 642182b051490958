{#- A number as text without decimals: 20.0 is '20'. -#}
{% macro whole(number) -%}
  cast(cast(round({{ number }}) as bigint) as varchar(64))
{%- endmacro %}
