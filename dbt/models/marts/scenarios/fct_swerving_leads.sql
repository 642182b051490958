with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Only while it leads: the lane change that made it the lead is no swing.
swings as (
  select
    moves.*,
    leads.t_start_ns as lead_start_ns,
    thresholds.swerving_lead_max_pause_s as max_pause_s,
    lag(moves.side) over (
      partition by moves.drive_id, moves.track_id, leads.t_start_ns order by moves.t_start_ns
    ) as side_before,
    lag(moves.t_end_ns) over (
      partition by moves.drive_id, moves.track_id, leads.t_start_ns order by moves.t_start_ns
    ) as end_before_ns
  from {{ per_drive(ref('int_lateral_moves__merged')) }} as moves
  inner join thresholds on moves.project_id = thresholds.project_id
  inner join {{ per_drive(ref('int_leads__merged')) }} as leads
    on
      moves.drive_id = leads.drive_id
      and moves.track_id = leads.track_id
      and moves.t_start_ns >= leads.t_start_ns
      and moves.t_end_ns <= leads.t_end_ns
  where moves.track_id <> '' and moves.displacement_m >= thresholds.swerving_lead_min_swing_m
),

-- A swing follows another when it goes back soon after it.
chained as (
  select
    swings.*,
    cast(sum(case
      when side <> side_before and t_start_ns - end_before_ns <= max_pause_s * {{ ns_per_s() }} then 0
      else 1
    end) over (
      partition by drive_id, track_id, lead_start_ns order by t_start_ns
      rows between unbounded preceding and current row
    ) as bigint) as chain_index
  from swings
),

chains as (
  select
    project_id,
    drive_id,
    track_id,
    min(t_start_ns) as t_start_ns,
    max(t_end_ns) as t_end_ns,
    count(*) as num_swings,
    max(displacement_m) as max_swing_m,
    max(peak_lateral_acceleration_mps2) as peak_lateral_acceleration_mps2,
    max(max_edge_over_m) as max_edge_over_m
  from chained
  group by project_id, drive_id, track_id, lead_start_ns, chain_index
),

found as (
  select
    chains.project_id,
    chains.drive_id,
    chains.track_id,
    chains.t_start_ns,
    chains.t_end_ns,
    chains.num_swings,
    chains.max_swing_m,
    chains.peak_lateral_acceleration_mps2,
    case
      when chains.max_edge_over_m > thresholds.cut_in_min_intrusion_m then 'over_mark'
      else 'within_lane'
    end as severity
  from chains
  inner join thresholds on chains.project_id = thresholds.project_id
  where chains.num_swings >= 2
)

{{ scenario_events('swerving_lead', extras=['num_swings', 'max_swing_m', 'peak_lateral_acceleration_mps2']) }}
