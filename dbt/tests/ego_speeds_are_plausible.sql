{{ config(severity='warn') }}
-- Faster than any road vehicle that is tested: most likely a speed in km/h that was declared as m/s.
select
  ego.drive_id,
  max(ego.vx_ego_mps) as max_speed_mps
from {{ ref('int_ego_instants__enriched') }} as ego
cross join {{ ref('scenario_thresholds') }} as limits
where
  limits.scenario_id = 'metrics'
  and limits.name = 'max_plausible_speed_mps'
  and ego.vx_ego_mps > limits.value
group by ego.drive_id
