{#-
  Ends the model of a scenario: from its CTE `found` to event rows (event_columns, then role and object_class of the
  actor, ego_speed_at_start_mps and the extras). `found` has one row per event: project_id, drive_id, track_id (unless
  has_actor=false), t_start_ns, t_end_ns, severity, the extras, and t_peak (a column of it) unless the most critical
  instant is that of the least TTC, else the start. `thresholds` is a CTE of int_thresholds__pivoted.

  With scenario_id=none one model tells several scenarios: `found` then has scenario_id and definition_version too.

  Metrics are those of the actor while it is in the way during the event, or of the lead without an actor. With
  has_actor='or_ego' an event whose track_id is the empty text is the ego vehicle's own.
-#}
{% macro scenario_events(
  scenario_id, extras=[], has_actor=true, t_peak=none, uses_lane=true, uses_acceleration=false
) -%}
{%- set keys = ['drive_id', 'track_id', 't_start_ns'] if has_actor else ['drive_id', 't_start_ns'] -%}
{%- set keys = keys if scenario_id else keys + ['scenario_id'] -%}
{%- set id = "'" ~ scenario_id ~ "'" if scenario_id else 'found.scenario_id' -%}
{%- set version = 'thresholds.' ~ scenario_id ~ '_version' if scenario_id else 'found.definition_version' -%}
{%- set own_track = "nullif(found.track_id, '')" if has_actor == 'or_ego' else 'found.track_id' -%}
{#- In the way of the ego vehicle, or coming into it: elsewhere TTC, headway and DRAC along the path mean nothing. -#}
{%- set is_met -%}
  related.is_in_path or (related.is_vehicle and related.intrusion_m > thresholds.cut_in_min_intrusion_m)
{%- endset -%}
{%- if has_actor == 'or_ego' %}
, event_objects as (
  {%- for track_id in ['track_id', "'' as track_id"] %}
  select
    {{ track_id }}, drive_id, t_ns, role, object_class, lane_source, ttc_s, thw_s, drac_mps2, gap_m, closing_speed_mps,
    is_event_role, is_in_path, is_vehicle, intrusion_m
  from {{ per_drive(ref('int_objects__related')) }} as related
  {{ "union all" if loop.first else "where is_lead" }}
  {%- endfor %}
)
{%- endif %}
, event_course as (
  select
    {% for key in keys %}found.{{ key }}, {% endfor %}
    related.t_ns,
    related.role,
    related.object_class,
    related.lane_source,
    related.gap_m,
    related.closing_speed_mps,
    {%- for metric in ['ttc_s', 'thw_s', 'drac_mps2'] %}
    case when {{ is_met }} then related.{{ metric }} end as {{ metric }},
    {%- endfor %}
    min(case when {{ is_met }} then related.ttc_s end) over (
      partition by {% for key in keys %}found.{{ key }}{{ ", " if not loop.last }}{% endfor %}
    ) as least_ttc_s
  from found
  inner join thresholds on found.project_id = thresholds.project_id
  inner join {{ 'event_objects' if has_actor == 'or_ego' else per_drive(ref('int_objects__related')) }} as related
    on
      found.drive_id = related.drive_id
      {{ "and found.track_id = related.track_id" if has_actor else "and related.is_lead" }}
      and related.t_ns between found.t_start_ns and found.t_end_ns
  where related.is_event_role
),

event_extremes as (
  select
    {% for key in keys %}{{ key }}, {% endfor %}
    min(ttc_s) as min_ttc_s,
    min(thw_s) as min_thw_s,
    max(drac_mps2) as max_drac_mps2,
    min(case when ttc_s = least_ttc_s then t_ns end) as t_min_ttc_ns,
    max(case when t_ns = t_start_ns then gap_m end) as gap_at_start_m,
    max(case when t_ns = t_start_ns then closing_speed_mps end) as closing_speed_at_start_mps,
    max(role) as role,
    max(object_class) as object_class,
    max(case when t_ns = t_start_ns then lane_source end) as lane_source
  from event_course
  group by {% for key in keys %}{{ key }}{{ ", " if not loop.last }}{% endfor %}
),

event_ego as (
  select
    {% for key in keys %}found.{{ key }}, {% endfor %}
    greatest(-min(ego.ax_ego_mps2), 0e0) as peak_deceleration_mps2,
    max(case when ego.t_ns = found.t_start_ns then ego.vx_ego_mps end) as ego_speed_at_start_mps,
    min(case when ego.t_ns = found.t_start_ns then ego.light end) as light,
    min(case when ego.t_ns = found.t_start_ns then ego.weather end) as weather,
    min(case when ego.t_ns = found.t_start_ns then ego.road_kind end) as road_kind,
    min(case when ego.t_ns = found.t_start_ns then ego.lane_source end) as lane_source,
    max(case when ego.acceleration_source = 'imu' then 1 else 0 end) = 1 as has_imu
  from found
  inner join {{ per_drive(ref('int_ego_instants__enriched')) }} as ego
    on found.drive_id = ego.drive_id and ego.t_ns between found.t_start_ns and found.t_end_ns
  group by {% for key in keys %}found.{{ key }}{{ ", " if not loop.last }}{% endfor %}
)

select
  {{ event_id(
    id, version, 'found.drive_id',
    'found.track_id' if has_actor else 'null', 'found.t_start_ns'
  ) }} as event_id,
  {{ id }} as scenario_id,
  {{ version }} as definition_version,
  found.project_id,
  found.drive_id,
  {{ own_track if has_actor else 'cast(null as string)' }} as actor_track_id,
  found.t_start_ns,
  {{ 'found.' ~ t_peak if t_peak else 'coalesce(event_extremes.t_min_ttc_ns, found.t_start_ns)' }} as t_peak_ns,
  found.t_end_ns,
  found.severity,
  event_extremes.min_ttc_s,
  event_extremes.min_thw_s,
  event_extremes.max_drac_mps2,
  event_extremes.gap_at_start_m,
  event_extremes.closing_speed_at_start_mps,
  event_ego.peak_deceleration_mps2,
  coalesce(event_ego.light, 'unknown') as light,
  coalesce(event_ego.weather, 'unknown') as weather,
  coalesce(event_ego.road_kind, 'unknown') as road_kind,
  coalesce({{ 'event_extremes.lane_source, ' if has_actor }}event_ego.lane_source, 'none') as lane_source,
  case when {{ "event_extremes.role = 'onboard'" if has_actor else 'false' }} then thresholds.confidence_onboard else 1e0 end
  {%- if uses_lane %}
  * case
    when coalesce({{ 'event_extremes.lane_source, ' if has_actor }}event_ego.lane_source, 'none') = 'none'
      then thresholds.confidence_assumed_lane
    else 1e0
  end
  {%- endif %}
  {%- if uses_acceleration %}
  * case when event_ego.has_imu then 1e0 else thresholds.confidence_derived_acceleration end
  {%- endif %} as confidence,
  {%- if has_actor %}
  {%- for column in ['role', 'object_class'] %}
  {{ "case when found.track_id <> '' then event_extremes." ~ column ~ " end as " ~ column
    if has_actor == 'or_ego' else "event_extremes." ~ column }},
  {%- endfor %}
  {%- endif %}
  event_ego.ego_speed_at_start_mps
  {%- for extra in extras %},
  found.{{ extra }}
  {%- endfor %}
from found
inner join thresholds on found.project_id = thresholds.project_id
left join event_extremes
  on {% for key in keys %}found.{{ key }} = event_extremes.{{ key }}{{ " and " if not loop.last }}{% endfor %}
left join event_ego
  on {% for key in keys %}found.{{ key }} = event_ego.{{ key }}{{ " and " if not loop.last }}{% endfor %}
{%- endmacro %}
