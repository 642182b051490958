with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

events as (
  select * from {{ per_drive(ref('int_cut_ins__confirmed')) }} as confirmed
),

-- The actor from before the entry to the end of the event: how far it had moved, and how close it came.
course as (
  select
    events.drive_id,
    events.track_id,
    events.t_start_ns,
    events.cut_in_perceived_displacement_m,
    related.t_ns,
    related.t_ns >= events.t_start_ns as is_during,
    related.gap_m,
    related.intrusion_m - min(related.intrusion_m) over (
      partition by events.drive_id, events.track_id, events.t_start_ns
    ) as displacement_m
  from events
  inner join {{ per_drive(ref('int_objects__related')) }} as related
    on
      events.drive_id = related.drive_id
      and events.track_id = related.track_id
      and related.t_ns between events.lookback_start_ns and events.t_end_ns
  where related.is_event_role
),

extremes as (
  select
    drive_id,
    track_id,
    t_start_ns,
    min(case when is_during then gap_m end) as min_gap_m,
    max(case when not is_during and displacement_m <= cut_in_perceived_displacement_m then t_ns end) as t_perceived_ns
  from course
  group by drive_id, track_id, t_start_ns
),

found as (
  select
    events.project_id,
    events.drive_id,
    events.track_id,
    events.t_start_ns,
    events.t_end_ns,
    events.severity,
    events.is_left,
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
)

{{ scenario_events('cut_in', extras=[
  'is_left', 'ttc_at_start_s', 'thw_at_start_s', 'regulatory_ttc_s', 't_perceived_ns', 'min_gap_m']) }}
