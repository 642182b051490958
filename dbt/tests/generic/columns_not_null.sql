{#-
  No row has null in any of `columns`: one look at the model for all of them. A failure names each column that has, and
  in how many rows; it is an error of the query, since dbt would only say how many rows a failing test found.
-#}
{% test columns_not_null(model, columns) %}
{{ config(fail_calc="coalesce(max(num_nulls), 0)") }}
with counted as (
  select
    {%- for column in columns %}
    count(*) - count({{ column }}) as num_{{ loop.index }}{{ "," if not loop.last }}
    {%- endfor %}
  from {{ model }}
)

select
  case
    when {% for column in columns %}num_{{ loop.index }}{{ " + " if not loop.last }}{% endfor %} > 0
      then {{ "error" if target.type == "duckdb" else "raise_error" }}(
        '{{ model.identifier }} has null in'
        {%- for column in columns %}
        || case when num_{{ loop.index }} > 0 then ' {{ column }} (' || num_{{ loop.index }} || ' rows)' else '' end
        {%- endfor %}
      )
    else 0
  end as num_nulls
from counted
{% endtest %}
