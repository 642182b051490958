with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as related
  where is_event_role
),

-- Only who led when it began to leave, and is still ahead when it has left, hid something.
exits as (
  select
    exits.*,
    gone.gap_m,
    exits.t_end_ns + cast(round(thresholds.cut_out_max_time_to_reveal_s * {{ ns_per_s() }}) as bigint) as t_reveal_ns
  from {{ per_drive(ref('int_lane_exits__detected')) }} as exits
  inner join thresholds on exits.project_id = thresholds.project_id
  inner join related
    on
      exits.drive_id = related.drive_id
      and exits.track_id = related.track_id
      and exits.t_start_ns = related.t_ns
  inner join related as gone
    on
      exits.drive_id = gone.drive_id
      and exits.track_id = gone.track_id
      and exits.t_end_ns = gone.t_ns
  where related.is_lead and gone.gap_m > 0
),

-- What is then the nearest in the ego lane; it need not drive, nor be a vehicle.
candidates as (
  select
    exits.project_id,
    exits.drive_id,
    exits.track_id,
    exits.t_start_ns,
    exits.t_end_ns,
    exits.gap_m,
    related.track_id as revealed_track_id,
    related.object_class as revealed_object_class,
    related.gap_m as revealed_gap_m,
    related.closing_speed_mps as revealed_closing_speed_mps,
    related.ttc_s as revealed_ttc_s,
    related.thw_s as revealed_thw_s,
    row_number() over (
      partition by exits.drive_id, exits.track_id, exits.t_start_ns
      order by related.t_ns, related.gap_m, related.track_id
    ) as nearness
  from exits
  inner join related
    on
      exits.drive_id = related.drive_id
      and exits.track_id <> related.track_id
      and related.t_ns between exits.t_end_ns and exits.t_reveal_ns
  where related.is_in_ego_lane and related.is_in_path and related.gap_m > 0
),

found as (
  select
    candidates.*,
    case
      when candidates.revealed_thw_s < thresholds.cut_out_critical_thw_s then 'critical'
      else 'benign'
    end as severity
  from candidates
  inner join thresholds on candidates.project_id = thresholds.project_id
  where
    candidates.nearness = 1
    and candidates.revealed_gap_m > candidates.gap_m  -- who came between was seen before
    and candidates.revealed_closing_speed_mps > thresholds.cut_out_min_closing_speed_mps
    and candidates.revealed_gap_m <= thresholds.cut_out_max_revealed_gap_m
)

{{ scenario_events('cut_out', t_peak='t_end_ns', extras=[
  'revealed_track_id', 'revealed_object_class', 'revealed_gap_m', 'revealed_closing_speed_mps', 'revealed_ttc_s',
  'revealed_thw_s']) }}
