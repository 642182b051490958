{#- Length of the diagonal of the box, along the axes, that holds all places of a group. -#}
{% macro extent_m(x, y) -%}
  sqrt(
      (max({{ x }}) - min({{ x }})) * (max({{ x }}) - min({{ x }})) + (max({{ y }}) - min({{ y }})) * (max({{ y }}) - min({{ y }}))
    )
{%- endmacro %}
