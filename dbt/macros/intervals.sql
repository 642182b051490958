{#-
  Composition: how two intervals of one drive lie in time, as a condition to join or filter on. Each relation has
  drive_id, t_start_ns and t_end_ns, both ends included; an instant is an interval that ends where it starts. `seconds`
  is a number or a column. With `exists` a pair counts once: where exists (select 1 from b where {{ during('a', 'b') }}).
-#}

{#- `inner` lies wholly in `outer`. -#}
{% macro during(inner, outer) -%}
  {{ inner }}.drive_id = {{ outer }}.drive_id
  and {{ inner }}.t_start_ns >= {{ outer }}.t_start_ns
  and {{ inner }}.t_end_ns <= {{ outer }}.t_end_ns
{%- endmacro %}

{#- They share at least an instant. -#}
{% macro overlaps(one, other) -%}
  {{ one }}.drive_id = {{ other }}.drive_id
  and {{ one }}.t_start_ns <= {{ other }}.t_end_ns
  and {{ other }}.t_start_ns <= {{ one }}.t_end_ns
{%- endmacro %}

{#- They overlap, or at most `seconds` lie between them, in either order. -#}
{% macro within(one, other, seconds) -%}
  {{ one }}.drive_id = {{ other }}.drive_id
  and {{ one }}.t_start_ns <= {{ other }}.t_end_ns + cast(round({{ seconds }} * {{ ns_per_s() }}) as bigint)
  and {{ other }}.t_start_ns <= {{ one }}.t_end_ns + cast(round({{ seconds }} * {{ ns_per_s() }}) as bigint)
{%- endmacro %}

{#- `second` starts after `first` started, and at most `seconds` after it ended: an answer may begin while its cause lasts. -#}
{% macro followed_by(first, second, seconds) -%}
  {{ first }}.drive_id = {{ second }}.drive_id
  and {{ second }}.t_start_ns > {{ first }}.t_start_ns
  and {{ second }}.t_start_ns <= {{ first }}.t_end_ns + cast(round({{ seconds }} * {{ ns_per_s() }}) as bigint)
{%- endmacro %}
