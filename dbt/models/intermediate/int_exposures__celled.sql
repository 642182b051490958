with ego as (
  select * from {{ per_drive(ref('int_ego_instants__enriched')) }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

banded as (
  select
    ego.*,
    coalesce(bands.value, 'unknown') as speed_band
  from ego
  {{ join_speed_band('ego.vx_ego_mps') }}
),

celled as (
  select
    project_id,
    drive_id,
    {{ odd_cell('road_kind', 'light', 'weather', 'speed_band') }} as odd_cell_id,
    count(*) as num_instants,
    {{ exact_sum('greatest(coalesce(vx_ego_mps, 0e0), 0e0)') }} as total_speed_mps
  from banded
  group by project_id, drive_id, road_kind, light, weather, speed_band
)

select
  celled.project_id,
  celled.drive_id,
  celled.odd_cell_id,
  celled.num_instants,
  celled.num_instants * thresholds.events_grid_step_s as duration_s,
  celled.total_speed_mps * thresholds.events_grid_step_s as distance_m
from celled
inner join thresholds on celled.project_id = thresholds.project_id
