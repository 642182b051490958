with events as (
  select * from {{ ref('int_conflicts__merged') }}
),

ego as (
  select * from {{ ref('int_ego_instants__enriched') }}
),

peaks as (
  select
    events.drive_id,
    events.track_id,
    events.t_start_ns,
    min(related.t_ns) as t_peak_ns
  from events
  inner join {{ ref('int_objects__related') }} as related
    on
      events.drive_id = related.drive_id
      and events.track_id = related.track_id
      and related.t_ns between events.t_start_ns and events.t_end_ns
      and related.ttc_s = events.min_ttc_s
  where related.is_event_role
  group by events.drive_id, events.track_id, events.t_start_ns
),

responses as (
  select
    events.drive_id,
    events.track_id,
    events.t_start_ns,
    greatest(-min(ego.ax_ego_mps2), 0e0) as peak_deceleration_mps2,
    max(abs(ego.ay_ego_mps2)) as peak_lateral_acceleration_mps2
  from events
  inner join ego
    on
      events.drive_id = ego.drive_id
      and ego.t_ns between events.t_start_ns - events.window_ns and events.t_end_ns + events.window_ns
  group by events.drive_id, events.track_id, events.t_start_ns
)

select
  {{ event_id("'near_miss'", 'events.near_miss_version', 'events.drive_id', 'events.track_id', 'events.t_start_ns') }}
    as event_id,
  'near_miss' as scenario_id,
  events.near_miss_version as definition_version,
  events.project_id,
  events.drive_id,
  events.track_id as actor_track_id,
  events.t_start_ns,
  coalesce(peaks.t_peak_ns, events.t_start_ns) as t_peak_ns,
  events.t_end_ns,
  case
    when
      responses.peak_deceleration_mps2 >= events.near_miss_evasive_braking_mps2
      or responses.peak_lateral_acceleration_mps2 >= events.near_miss_evasive_lateral_mps2 then 'near_crash'
    else 'proximity_conflict'
  end as severity,
  events.min_ttc_s,
  events.min_thw_s,
  events.max_drac_mps2,
  events.gap_m as gap_at_start_m,
  events.closing_speed_mps as closing_speed_at_start_mps,
  responses.peak_deceleration_mps2,
  events.light,
  events.weather,
  events.road_kind,
  events.lane_source,
  events.confidence,
  events.role,
  events.object_class,
  events.vx_ego_mps as ego_speed_at_start_mps,
  responses.peak_lateral_acceleration_mps2,
  events.min_gap_m
from events
inner join responses
  on
    events.drive_id = responses.drive_id
    and events.track_id = responses.track_id
    and events.t_start_ns = responses.t_start_ns
left join peaks
  on
    events.drive_id = peaks.drive_id
    and events.track_id = peaks.track_id
    and events.t_start_ns = peaks.t_start_ns
