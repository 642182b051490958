{#- Schema = folder of the lake = layer: exactly the name that dbt_project.yml gives, never prefixed by the target. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
