{#- How the objects that lead at some time accelerate, without the delay of a causal filter. -#}
{%- set track = 'partition by drive_id, track_id order by t_ns' -%}
with related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as related
  where is_event_role and s_rel_m is not null
),

leads as (
  select distinct
    drive_id,
    track_id
  from related
  where is_lead
),

-- Along a line that does not move with the ego vehicle.
placed as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.t_ns,
    related.is_lead,
    related.thw_s,
    related.required_acceleration_mps2,
    related.s_rel_m + ego.s_m as station_m
  from related
  inner join leads on related.drive_id = leads.drive_id and related.track_id = leads.track_id
  inner join {{ per_drive(ref('stg_ego_motion')) }} as ego
    on related.drive_id = ego.drive_id and related.t_ns = ego.t_ns
  where ego.s_m is not null
)

-- Savitzky-Golay: the curvature of a polynomial of fourth degree through 0.6 s each side, on the 10 Hz grid.
select
  placed.*,
  case
    when lead(t_ns, 6) over ({{ track }}) - lag(t_ns, 6) over ({{ track }}) = {{ 12 * 100000000 }}
      then (
        {%- for weight in [-3016, -971, 1614, 3504, 2970, -2211] %}
        {{ weight }} * (
          lead(station_m, {{ loop.index }}) over ({{ track }}) + lag(station_m, {{ loop.index }}) over ({{ track }})
        ) +
        {%- endfor %}
        -3780 * station_m
      ) / 5.8344e2
  end as acceleration_mps2
from placed
