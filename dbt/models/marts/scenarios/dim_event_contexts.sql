with events as (
  select * from {{ per_drive(ref('fct_scenario_events')) }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

actors as (
  select distinct
    drive_id,
    actor_track_id
  from events
  where actor_track_id is not null
),

classes as (
  select
    related.drive_id,
    related.track_id,
    min(related.object_class) as object_class
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join actors on related.drive_id = actors.drive_id and related.track_id = actors.actor_track_id
  where related.is_event_role
  group by related.drive_id, related.track_id
),

timed as (
  select
    events.*,
    {{ nearest_instant('events.t_start_ns') }} as instant_ns
  from events
  inner join thresholds on events.project_id = thresholds.project_id
),

placed as (
  select
    timed.*,
    ego.vx_ego_mps,
    ego.latitude_deg,
    ego.longitude_deg,
    ego.x_map_m,
    ego.y_map_m,
    classes.object_class
  from timed
  left join {{ per_drive(ref('stg_ego_motion')) }} as ego
    on timed.drive_id = ego.drive_id and timed.instant_ns = ego.t_ns
  left join classes on timed.drive_id = classes.drive_id and timed.actor_track_id = classes.track_id
)

select
  placed.event_id,
  placed.project_id,
  placed.drive_id,
  placed.scenario_id,
  placed.t_start_ns,
  {{ month_of('placed.t_start_ns') }} as month,
  (placed.t_end_ns - placed.t_start_ns) * 1e-9 as duration_s,
  placed.object_class,
  placed.vx_ego_mps as ego_speed_at_start_mps,
  {{ odd_cell('placed.road_kind', 'placed.light', 'placed.weather', "coalesce(bands.value, 'unknown')") }}
    as odd_cell_id,
  placed.latitude_deg,
  placed.longitude_deg,
  placed.x_map_m,
  placed.y_map_m
from placed
{{ join_speed_band('placed.vx_ego_mps') }}
