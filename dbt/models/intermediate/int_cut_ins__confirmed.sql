with entries as (
  select * from {{ per_drive(ref('int_lane_entries__detected')) }} as entered
),

leads as (
  select * from {{ per_drive(ref('int_leads__merged')) }} as merged
),

related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as related
  where is_event_role
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- An entry counts when the actor then becomes the nearest lead and stays so; of several entries the first.
followed as (
  select
    entries.project_id,
    entries.drive_id,
    entries.track_id,
    leads.t_end_ns as lead_end_ns,
    min(entries.t_ns) as t_start_ns
  from entries
  inner join thresholds on entries.project_id = thresholds.project_id
  inner join leads
    on
      entries.drive_id = leads.drive_id
      and entries.track_id = leads.track_id
      and leads.t_end_ns > entries.t_ns
      and leads.t_start_ns >= entries.last_outside_ns
      and leads.t_start_ns <= entries.t_ns + thresholds.cut_in_max_time_to_lead_s * {{ ns_per_s() }}
  where {{ lasts('leads', 'thresholds.cut_in_min_lead_duration_s') }}
  group by entries.project_id, entries.drive_id, entries.track_id, leads.t_end_ns
),

events as (
  select
    followed.drive_id,
    followed.track_id,
    followed.t_start_ns,
    least(
      followed.lead_end_ns,
      followed.t_start_ns + cast(round(thresholds.cut_in_max_duration_s * {{ ns_per_s() }}) as bigint)
    ) as t_end_ns,
    followed.project_id,
    related.is_left,
    related.gap_m,
    related.closing_speed_mps,
    related.ttc_s,
    related.thw_s,
    thresholds.cut_in_perceived_displacement_m,
    thresholds.cut_in_critical_ttc_s,
    thresholds.cut_in_close_thw_s,
    case
      when related.closing_speed_mps > 0
        then
          related.closing_speed_mps / (2 * thresholds.cut_in_reference_braking_mps2)
          + thresholds.cut_in_reference_delay_s
    end as regulatory_ttc_s,
    followed.t_start_ns
    - cast(round(thresholds.cut_in_perception_lookback_s * {{ ns_per_s() }}) as bigint) as lookback_start_ns
  from followed
  inner join thresholds on followed.project_id = thresholds.project_id
  inner join related
    on
      followed.drive_id = related.drive_id
      and followed.track_id = related.track_id
      and followed.t_start_ns = related.t_ns
  where related.gap_m > 0 and related.is_same_direction
)

select
  events.*,
  case
    when ttc_s <= regulatory_ttc_s then 'regulatory_unavoidable'
    when ttc_s < cut_in_critical_ttc_s then 'critical'
    when thw_s < cut_in_close_thw_s then 'close'
    else 'benign'
  end as severity
from events
