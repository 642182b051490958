{#-
  What `peak_sine` of a sideways move (a row of int_lateral_moves__merged) stays below: more is a turn, or marks that were
  seen wrong. The ego vehicle's speed is that along its course, of the others it is that along the lane.
-#}
{% macro max_course(moves) -%}
  case
    when {{ moves }}.track_id = '' then sin(thresholds.lane_change_max_heading_rad)
    else tan(thresholds.lane_change_max_heading_rad)
  end
{%- endmacro %}
