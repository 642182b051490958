{#-
  CTEs that end in `smooth`: `relation` with running medians, one for each of `columns` (name -> name of the median), of
  an instant and three on either side. Past the ends of a track (`keys`) its first and its last instant repeat. Either
  three are put in order of size; the median of all seven lies between their middles.
-#}
{% macro running_median(relation, columns, keys) -%}
around as (
  select
    {{ relation }}.*
    {%- for column in columns %}
    {%- for step in [1, 2, 3] %},
    lag({{ column }}, {{ step }}) over track as {{ column }}_p{{ step }},
    lead({{ column }}, {{ step }}) over track as {{ column }}_n{{ step }}
    {%- endfor %}
    {%- endfor %}
  from {{ relation }}
  window track as (partition by {{ keys }} order by t_ns)
),

padded as (
  select
    around.*
    {%- for column in columns %}
    {%- for side in [column ~ '_p', column ~ '_n'] %},
    coalesce({{ side }}1, {{ column }}) as {{ side }}a,
    coalesce({{ side }}2, {{ side }}1, {{ column }}) as {{ side }}b,
    coalesce({{ side }}3, {{ side }}2, {{ side }}1, {{ column }}) as {{ side }}c
    {%- endfor %}
    {%- endfor %}
  from around
),

ordered as (
  select
    padded.*
    {%- for column in columns %}
    {%- for side in [column ~ '_p', column ~ '_n'] %},
    least({{ side }}a, {{ side }}b, {{ side }}c) as {{ side }}_lo,
    greatest(least({{ side }}a, {{ side }}b), least(greatest({{ side }}a, {{ side }}b), {{ side }}c)) as {{ side }}_mid,
    greatest({{ side }}a, {{ side }}b, {{ side }}c) as {{ side }}_hi
    {%- endfor %}
    {%- endfor %}
  from padded
),

smooth as (
  select
    ordered.*
  {%- for column, name in columns.items() %}
  {%- set p, n = column ~ '_p', column ~ '_n' %},
    greatest(
      least({{ p }}_hi, greatest({{ p }}_mid, {{ n }}_lo), greatest({{ p }}_lo, {{ n }}_mid), {{ n }}_hi),
      least(
        {{ column }},
        greatest({{ p }}_hi, {{ n }}_lo), greatest({{ p }}_mid, {{ n }}_mid), greatest({{ p }}_lo, {{ n }}_hi)
      )
    ) as {{ name }}
  {%- endfor %}
  from ordered
)
{%- endmacro %}
