{#-
  Maximal runs: numbers the runs of rows of one key whose instants lie at most `merge_gap_s` apart (a column).
  Only time decides, so frames without any object close a run like frames in which the predicate fails.
-#}
{% macro islands(relation, keys) -%}
  select
    marked.*,
    cast(sum(marked.is_new) over (
      partition by {{ keys }} order by marked.t_ns rows between unbounded preceding and current row
    ) as bigint) as island_index
  from (
    select
      {{ relation }}.*,
      case
        when {{ relation }}.t_ns - lag({{ relation }}.t_ns) over (partition by {{ keys }} order by {{ relation }}.t_ns)
          <= cast(round({{ relation }}.merge_gap_s * {{ ns_per_s() }}) as bigint) then 0
        else 1
      end as is_new
    from {{ relation }}
  ) as marked
{%- endmacro %}
