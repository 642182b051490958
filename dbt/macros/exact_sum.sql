{#-
  Sum and mean of a double to a millionth of its unit, counted in whole millionths: floating point adds up to other last
  digits in another order of rows, and an engine promises none. The same input twice gives the same table.
-#}
{% macro exact_sum(term, over='') -%}
  cast(sum(cast(round(({{ term }}) * 1e6) as bigint)){{ over }} as double) / 1e6
{%- endmacro %}

{% macro exact_mean(term, over='') -%}
  {{ exact_sum(term, over) }} / count({{ term }}){{ over }}
{%- endmacro %}
