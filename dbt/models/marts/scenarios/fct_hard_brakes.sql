with ego as (
  select * from {{ per_drive(ref('int_ego_instants__enriched')) }} as enriched
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

braking as (
  select
    ego.*,
    thresholds.events_merge_gap_s as merge_gap_s
  from ego
  inner join thresholds on ego.project_id = thresholds.project_id
  where ego.ax_ego_mps2 <= thresholds.hard_brake_trigger_acceleration_mps2
),

numbered as (
  {{ islands('braking', 'drive_id') }}
),

hardest as (
  select
    numbered.*,
    min(ax_ego_mps2) over (partition by drive_id, island_index) as least_ax_ego_mps2
  from numbered
),

intervals as (
  select
    project_id,
    drive_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(case when ax_ego_mps2 = least_ax_ego_mps2 then t_ns end) as t_peak_ns,
    -min(ax_ego_mps2) as deceleration_mps2
  from hardest
  group by project_id, drive_id, island_index
),

-- What the vehicle was following when it began to brake, if anything.
leads as (
  select
    drive_id,
    t_ns,
    min(track_id) as lead_track_id
  from {{ per_drive(ref('int_objects__related')) }} as related
  where is_event_role and is_lead
  group by drive_id, t_ns
),

found as (
  select
    intervals.project_id,
    intervals.drive_id,
    intervals.t_start_ns,
    intervals.t_peak_ns,
    intervals.t_end_ns,
    leads.lead_track_id,
    case
      when intervals.deceleration_mps2 >= thresholds.hard_brake_severe_mps2 then 'severe'
      when intervals.deceleration_mps2 > thresholds.hard_brake_emergency_mps2 then 'emergency'
      when intervals.deceleration_mps2 >= thresholds.hard_brake_discomfort_mps2 then 'discomfort'
      else 'hard'
    end as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  inner join ego on intervals.drive_id = ego.drive_id and intervals.t_start_ns = ego.t_ns
  left join leads on intervals.drive_id = leads.drive_id and intervals.t_start_ns = leads.t_ns
  where
    {{ lasts('intervals', 'thresholds.hard_brake_min_duration_s') }}
    and ego.vx_ego_mps > thresholds.hard_brake_min_speed_mps
)

{{ scenario_events(
  'hard_brake', extras=['lead_track_id'], has_actor=false, t_peak='t_peak_ns', uses_lane=false, uses_acceleration=true
) }}
