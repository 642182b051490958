{%- set lags = [0, 5, 10, 15, 20] -%}
{%- set features = [
  'gap_m', 'edge_to_mark_m', 'approach_mps', 'closing_speed_mps', 'acceleration_mps2', 'ego_speed_mps',
  'ego_acceleration_mps2'] -%}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

drives as (
  select * from {{ ref('dim_drives') }}
),

tracks as (
  select
    *,
    -intrusion_m as edge_to_mark_m,
    case when is_left then -v_d_mps else v_d_mps end as approach_mps,
    a_s_mps2 as acceleration_mps2,
    vx_ego_mps as ego_speed_mps,
    ax_ego_mps2 as ego_acceleration_mps2
  from {{ ref('int_objects__related') }}
  where role = 'onboard' and is_vehicle
),

-- RANGE with the same offset at both ends is the row exactly that long ago, or null when that instant is missing.
histories as (
  select
    tracks.*
    {%- for tenths in lags %}
    {%- for feature in features %},
    max({{ feature }}) over (
      partition by drive_id, track_id order by t_ns
      range between {{ tenths * 100000000 }} preceding and {{ tenths * 100000000 }} preceding
    ) as lag{{ tenths }}_{{ feature }}
    {%- endfor %}
    {%- endfor %}
  from tracks
)

select
  histories.*,
  drives.vehicle_kind,
  drives.split,
  drives.has_reference,
  drives.t_end_ns as drive_end_ns,
  pairs.reference_track_id,
  histories.t_ns + cast(round(thresholds.training_horizon_s * {{ ns_per_s() }}) as bigint) as horizon_end_ns
from histories
cross join thresholds
inner join drives on histories.drive_id = drives.drive_id
left join {{ ref('int_tracks__paired') }} as pairs
  on histories.drive_id = pairs.drive_id and histories.track_id = pairs.onboard_track_id
where
  mod(histories.t_ns, cast(thresholds.training_period_ns as bigint)) = 0
  and histories.is_same_direction
  and histories.gap_m <= thresholds.training_max_gap_m
  and histories.intrusion_m <= thresholds.cut_in_min_intrusion_m
  and histories.edge_to_mark_m <= thresholds.training_max_edge_to_mark_m
  {%- for tenths in lags %}
  {%- for feature in features %}
  and lag{{ tenths }}_{{ feature }} is not null
  {%- endfor %}
  {%- endfor %}
