with ego as (
  select * from {{ ref('int_ego_instants__enriched') }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

braking as (
  select
    ego.*,
    thresholds.events_merge_gap_s as merge_gap_s
  from ego
  cross join thresholds
  where ego.ax_ego_mps2 <= thresholds.hard_brake_trigger_acceleration_mps2
),

numbered as (
  {{ islands('braking', 'drive_id') }}
),

intervals as (
  select
    drive_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    -min(ax_ego_mps2) as peak_deceleration_mps2
  from numbered
  group by drive_id, island_index
),

events as (
  select
    intervals.*,
    ego.project_id,
    ego.vx_ego_mps,
    ego.light,
    ego.weather,
    ego.road_kind,
    ego.lane_source,
    case
      when ego.acceleration_source = 'imu' then 1e0 else thresholds.confidence_derived_acceleration
    end as confidence,
    thresholds.hard_brake_version,
    thresholds.hard_brake_discomfort_mps2,
    thresholds.hard_brake_emergency_mps2,
    thresholds.hard_brake_severe_mps2
  from intervals
  cross join thresholds
  inner join ego on intervals.drive_id = ego.drive_id and intervals.t_start_ns = ego.t_ns
  where
    {{ lasts('intervals', 'thresholds.hard_brake_min_duration_s') }}
    and ego.vx_ego_mps > thresholds.hard_brake_min_speed_mps
),

-- What the vehicle was following while it braked, if anything.
leads as (
  select
    events.drive_id,
    events.t_start_ns,
    min(related.ttc_s) as min_ttc_s,
    min(related.thw_s) as min_thw_s,
    max(related.drac_mps2) as max_drac_mps2,
    max(case when related.t_ns = events.t_start_ns then related.gap_m end) as gap_at_start_m,
    max(case when related.t_ns = events.t_start_ns then related.closing_speed_mps end) as closing_speed_at_start_mps,
    max(case when related.t_ns = events.t_start_ns then related.track_id end) as lead_track_id
  from events
  inner join {{ ref('int_objects__related') }} as related
    on events.drive_id = related.drive_id and related.t_ns between events.t_start_ns and events.t_end_ns
  where related.is_event_role and related.is_lead
  group by events.drive_id, events.t_start_ns
),

peaks as (
  select
    events.drive_id,
    events.t_start_ns,
    min(ego.t_ns) as t_peak_ns
  from events
  inner join ego
    on
      events.drive_id = ego.drive_id
      and ego.t_ns between events.t_start_ns and events.t_end_ns
      and ego.ax_ego_mps2 = -events.peak_deceleration_mps2
  group by events.drive_id, events.t_start_ns
)

select
  {{ event_id("'hard_brake'", 'events.hard_brake_version', 'events.drive_id', 'null', 'events.t_start_ns') }}
    as event_id,
  'hard_brake' as scenario_id,
  events.hard_brake_version as definition_version,
  events.project_id,
  events.drive_id,
  cast(null as string) as actor_track_id,
  events.t_start_ns,
  peaks.t_peak_ns,
  events.t_end_ns,
  case
    when events.peak_deceleration_mps2 >= events.hard_brake_severe_mps2 then 'severe'
    when events.peak_deceleration_mps2 > events.hard_brake_emergency_mps2 then 'emergency'
    when events.peak_deceleration_mps2 >= events.hard_brake_discomfort_mps2 then 'discomfort'
    else 'hard'
  end as severity,
  leads.min_ttc_s,
  leads.min_thw_s,
  leads.max_drac_mps2,
  leads.gap_at_start_m,
  leads.closing_speed_at_start_mps,
  events.peak_deceleration_mps2,
  events.light,
  events.weather,
  events.road_kind,
  events.lane_source,
  events.confidence,
  events.vx_ego_mps as ego_speed_at_start_mps,
  leads.lead_track_id
from events
inner join peaks on events.drive_id = peaks.drive_id and events.t_start_ns = peaks.t_start_ns
left join leads on events.drive_id = leads.drive_id and events.t_start_ns = leads.t_start_ns
