with events as (
  select * from {{ ref('int_cut_ins__confirmed') }}
),

related as (
  select * from {{ ref('int_objects__related') }}
  where is_event_role
),

-- The actor and the ego vehicle from before the entry to the end of the event.
course as (
  select
    events.drive_id,
    events.track_id,
    events.t_start_ns,
    events.cut_in_perceived_displacement_m,
    related.t_ns,
    related.t_ns >= events.t_start_ns as is_during,
    related.intrusion_m - min(related.intrusion_m) over (
      partition by events.drive_id, events.track_id, events.t_start_ns
    ) as displacement_m,
    related.ttc_s,
    related.thw_s,
    related.drac_mps2,
    related.gap_m,
    related.ax_ego_mps2,
    min(case when related.t_ns >= events.t_start_ns then related.ttc_s end) over (
      partition by events.drive_id, events.track_id, events.t_start_ns
    ) as min_ttc_s
  from events
  inner join related
    on
      events.drive_id = related.drive_id
      and events.track_id = related.track_id
      and related.t_ns between events.lookback_start_ns and events.t_end_ns
),

extremes as (
  select
    drive_id,
    track_id,
    t_start_ns,
    min(min_ttc_s) as min_ttc_s,
    min(case when is_during then thw_s end) as min_thw_s,
    max(case when is_during then drac_mps2 end) as max_drac_mps2,
    min(case when is_during then gap_m end) as min_gap_m,
    greatest(-min(case when is_during then ax_ego_mps2 end), 0e0) as peak_deceleration_mps2,
    min(case when is_during and ttc_s = min_ttc_s then t_ns end) as t_min_ttc_ns,
    max(case when not is_during and displacement_m <= cut_in_perceived_displacement_m then t_ns end) as t_perceived_ns
  from course
  group by drive_id, track_id, t_start_ns
)

select
  {{ event_id("'cut_in'", 'events.cut_in_version', 'events.drive_id', 'events.track_id', 'events.t_start_ns') }}
    as event_id,
  'cut_in' as scenario_id,
  events.cut_in_version as definition_version,
  events.project_id,
  events.drive_id,
  events.track_id as actor_track_id,
  events.t_start_ns,
  coalesce(extremes.t_min_ttc_ns, events.t_start_ns) as t_peak_ns,
  events.t_end_ns,
  events.severity,
  extremes.min_ttc_s,
  extremes.min_thw_s,
  extremes.max_drac_mps2,
  events.gap_m as gap_at_start_m,
  events.closing_speed_mps as closing_speed_at_start_mps,
  extremes.peak_deceleration_mps2,
  events.light,
  events.weather,
  events.road_kind,
  events.lane_source,
  events.confidence,
  events.role,
  events.object_class,
  events.is_left,
  events.vx_ego_mps as ego_speed_at_start_mps,
  events.ttc_s as ttc_at_start_s,
  events.thw_s as thw_at_start_s,
  events.regulatory_ttc_s,
  extremes.t_perceived_ns,
  extremes.min_gap_m
from events
inner join extremes
  on
    events.drive_id = extremes.drive_id
    and events.track_id = extremes.track_id
    and events.t_start_ns = extremes.t_start_ns
