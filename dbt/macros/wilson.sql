{#- One end ('-' lower, '+' upper) of the Wilson score interval of a share of n; null where the share is null. -#}
{% macro wilson(share, n, z, sign) -%}
  (
    {{ share }} + {{ z }} * {{ z }} / (2 * {{ n }})
    {{ sign }} {{ z }} * sqrt(({{ share }} * (1 - {{ share }}) + {{ z }} * {{ z }} / (4 * {{ n }})) / {{ n }})
  ) / (1 + {{ z }} * {{ z }} / {{ n }})
{%- endmacro %}
