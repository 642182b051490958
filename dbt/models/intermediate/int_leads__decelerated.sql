{#- How the objects that lead at some time accelerate, without the delay of a causal filter. -#}
{%- set track = 'partition by drive_id, track_id order by t_ns' -%}
with related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as related
  where is_event_role and x_map_m is not null
),

leads as (
  select distinct
    drive_id,
    track_id
  from related
  where is_lead
),

placed as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.t_ns,
    related.is_lead,
    related.thw_s,
    related.required_acceleration_mps2,
    related.x_map_m,
    related.y_map_m
  from related
  inner join leads on related.drive_id = leads.drive_id and related.track_id = leads.track_id
),

-- Savitzky-Golay: the curvature of a polynomial of fourth degree through 0.6 s each side, on the 10 Hz grid.
fitted as (
  select
    placed.*,
    lead(t_ns, 6) over ({{ track }}) - lag(t_ns, 6) over ({{ track }}) = {{ 12 * 100000000 }} as is_whole,
  {%- for axis in ['x', 'y'] %}
  lead({{ axis }}_map_m, 6) over ({{ track }}) - lag({{ axis }}_map_m, 6) over ({{ track }}) as moved_{{ axis }}_m,
  (
    {%- for weight in [-3016, -971, 1614, 3504, 2970, -2211] %}
    {{ weight }} * (
      lead({{ axis }}_map_m, {{ loop.index }}) over ({{ track }})
      + lag({{ axis }}_map_m, {{ loop.index }}) over ({{ track }})
    ) +
    {%- endfor %}
    -3780 * {{ axis }}_map_m
  ) / 5.8344e2 as a{{ axis }}_map_mps2{{ ',' if not loop.last }}
  {%- endfor %}
  from placed
),

directed as (
  select
    fitted.*,
    sqrt(moved_x_m * moved_x_m + moved_y_m * moved_y_m) as moved_m
  from fitted
)

-- Along its own way, from 0.6 s before to 0.6 s after: what the ego vehicle does sideways does not enter.
select
  directed.project_id,
  directed.drive_id,
  directed.track_id,
  directed.t_ns,
  directed.is_lead,
  directed.thw_s,
  directed.required_acceleration_mps2,
  case
    when directed.is_whole and directed.moved_m > thresholds.lead_hard_brake_min_way_m
      then (directed.ax_map_mps2 * directed.moved_x_m + directed.ay_map_mps2 * directed.moved_y_m) / directed.moved_m
  end as acceleration_mps2
from directed
inner join {{ ref('int_thresholds__pivoted') }} as thresholds on directed.project_id = thresholds.project_id
