{#-
  dbt's own statement, over SQL that names the thresholds it uses. The relation of thresholds has hundreds of columns,
  Spark compares all of them at every join, again and again until nothing changes: more work than the query itself.
-#}
{%- macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {{ return(dbt.spark__create_table_as(temporary, relation, with_used_thresholds(compiled_code), language)) }}
{%- endmacro -%}

{%- macro with_used_thresholds(sql) -%}
  {%- set all = api.Relation.create(schema='intermediate', identifier='int_thresholds__pivoted') -%}
  {%- if all.render() not in sql -%}
    {{ return(sql) }}
  {%- endif -%}
  {%- set words = modules.re.findall('\\w+', sql) | unique | list -%}
  {%- set used = adapter.get_columns_in_relation(all) | map(attribute='name') | select('in', words) | list -%}
  {{ return(sql.replace(all.render(), '(select ' ~ used | join(', ') ~ ' from ' ~ all.render() ~ ')')) }}
{%- endmacro -%}
