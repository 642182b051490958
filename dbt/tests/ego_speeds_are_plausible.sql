{{ config(severity='warn') }}
-- Faster than any road vehicle that is tested: most likely a speed in km/h that was declared as m/s.
select
  ego.drive_id,
  max(ego.vx_ego_mps) as max_speed_mps
from {{ ref('int_ego_instants__enriched') }} as ego
inner join {{ ref('int_thresholds__pivoted') }} as thresholds on ego.project_id = thresholds.project_id
where ego.vx_ego_mps > thresholds.metrics_max_plausible_speed_mps
group by ego.drive_id
