{#- The columns that every scenario has, in the order of the architecture. -#}
{%- set scenarios = ['fct_cut_ins', 'fct_hard_brakes', 'fct_near_misses'] -%}

{% for scenario in scenarios %}
select
  event_id,
  scenario_id,
  definition_version,
  project_id,
  drive_id,
  actor_track_id,
  t_start_ns,
  t_peak_ns,
  t_end_ns,
  severity,
  min_ttc_s,
  min_thw_s,
  max_drac_mps2,
  gap_at_start_m,
  closing_speed_at_start_mps,
  peak_deceleration_mps2,
  light,
  weather,
  road_kind,
  lane_source,
  confidence
from {{ ref(scenario) }}
{{ "union all" if not loop.last }}
{% endfor %}
