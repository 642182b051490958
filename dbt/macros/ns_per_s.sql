{#- Nanoseconds in a second, as a bigint literal. -#}
{% macro ns_per_s() -%} 1000000000 {%- endmacro %}
