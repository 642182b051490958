{%- set lags = [0, 5, 10, 15, 20] -%}
{%- set features = [
  'gap_m', 'edge_to_mark_m', 'approach_mps', 'closing_speed_mps', 'acceleration_mps2', 'ego_speed_mps',
  'ego_acceleration_mps2'] -%}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

tracks as (
  select
    *,
    -intrusion_m as edge_to_mark_m,
    case when is_left then -v_d_mps else v_d_mps end as approach_mps,
    a_s_mps2 as acceleration_mps2,
    vx_ego_mps as ego_speed_mps,
    ax_ego_mps2 as ego_acceleration_mps2
  from {{ per_drive(ref('int_objects__related')) }} as related
  where role = 'onboard' and is_vehicle
),

neighbours as (
  select tracks.*
  from tracks
  inner join thresholds on tracks.project_id = thresholds.project_id
  where
    mod(tracks.t_ns, cast(thresholds.training_period_ns as bigint)) = 0
    and tracks.is_same_direction
    and tracks.gap_m <= thresholds.training_max_gap_m
    and tracks.intrusion_m <= thresholds.cut_in_min_intrusion_m
    and tracks.edge_to_mark_m <= thresholds.training_max_edge_to_mark_m
),

-- The instants a sample looks at, tenths of a second ago: exact equality, so a missing instant is a missing sample.
lags as (
  {%- for tenths in lags %}
  select
    {{ tenths }} as tenths,
    cast({{ tenths * 100000000 }} as bigint) as lag_ns
  {{ "union all" if not loop.last }}
  {%- endfor %}
),

histories as (
  select
    neighbours.drive_id,
    neighbours.track_id,
    neighbours.t_ns
    {%- for tenths in lags %}
    {%- for feature in features %},
    max(case when lags.tenths = {{ tenths }} then earlier.{{ feature }} end) as lag{{ tenths }}_{{ feature }}
    {%- endfor %}
    {%- endfor %}
  from neighbours
  cross join lags
  inner join tracks as earlier
    on
      neighbours.drive_id = earlier.drive_id
      and neighbours.track_id = earlier.track_id
      and neighbours.t_ns - lags.lag_ns = earlier.t_ns
  group by neighbours.drive_id, neighbours.track_id, neighbours.t_ns
)

select
  neighbours.*,
  {%- for tenths in lags %}
  {%- for feature in features %}
  histories.lag{{ tenths }}_{{ feature }},
  {%- endfor %}
  {%- endfor %}
  drives.vehicle_kind,
  drives.split,
  drives.has_reference,
  drives.t_end_ns as drive_end_ns,
  pairs.reference_track_id,
  neighbours.t_ns + cast(round(thresholds.training_horizon_s * {{ ns_per_s() }}) as bigint) as horizon_end_ns
from neighbours
inner join thresholds on neighbours.project_id = thresholds.project_id
inner join histories
  on
    neighbours.drive_id = histories.drive_id
    and neighbours.track_id = histories.track_id
    and neighbours.t_ns = histories.t_ns
inner join {{ ref('dim_drives') }} as drives on neighbours.drive_id = drives.drive_id
left join {{ ref('int_tracks__paired') }} as pairs
  on neighbours.drive_id = pairs.drive_id and neighbours.track_id = pairs.onboard_track_id
where
  true
  {%- for tenths in lags %}
  {%- for feature in features %}
  and histories.lag{{ tenths }}_{{ feature }} is not null
  {%- endfor %}
  {%- endfor %}
