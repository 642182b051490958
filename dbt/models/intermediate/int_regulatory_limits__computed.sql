{{ config(materialized="view") }}

with ahead as (
  select
    project_id, drive_id, role, track_id, t_ns, gap_m, closing_speed_mps, v_s_mps, vx_ego_mps
  from {{ ref('int_objects__related') }}
  where is_event_role and is_road_user and gap_m is not null
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Two straight lines through the table of UN R157: up to 10 km/h the steeper one, then the other.
limits as (
  select
    ahead.*,
    least(
      thresholds.alks_slow_thw_s
      + thresholds.alks_slow_thw_per_speed_s2pm * (vx_ego_mps - thresholds.alks_slow_speed_mps),
      thresholds.alks_thw_s + thresholds.alks_thw_per_speed_s2pm * vx_ego_mps
    ) as alks_thw_s,
    thresholds.alks_min_distance_m,
    thresholds.alks_max_speed_mps,
    closing_speed_mps / (2 * thresholds.cut_in_reference_braking_mps2) + thresholds.cut_in_reference_delay_s
      as r157_ttc_s,
    closing_speed_mps / (2 * thresholds.eu_1426_braking_mps2) + thresholds.eu_1426_delay_s as eu_1426_ttc_s,
    closing_speed_mps / (2 * thresholds.eu_1426_standing_braking_mps2) + thresholds.eu_1426_standing_delay_s
      as eu_1426_standing_ttc_s
  from ahead
  inner join thresholds on ahead.project_id = thresholds.project_id
)

select
  project_id,
  drive_id,
  role,
  track_id,
  t_ns,
  case
    when vx_ego_mps between 0 and alks_max_speed_mps then greatest(alks_thw_s * vx_ego_mps, alks_min_distance_m)
  end as alks_distance_m,
  case when closing_speed_mps > 0 then r157_ttc_s end as r157_ttc_s,
  case when closing_speed_mps > 0 then eu_1426_ttc_s end as eu_1426_ttc_s,
  case when closing_speed_mps > 0 then eu_1426_standing_ttc_s end as eu_1426_standing_ttc_s
from limits
