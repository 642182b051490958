with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

speeding as (
  select
    ego.*,
    ego.vx_ego_mps - ego.speed_limit_mps as excess_mps,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ per_drive(ref('int_ego_instants__enriched')) }} as ego
  inner join thresholds on ego.project_id = thresholds.project_id
  where ego.vx_ego_mps - ego.speed_limit_mps > thresholds.overspeed_min_excess_mps
),

numbered as (
  {{ islands('speeding', 'drive_id') }}
),

ranked as (
  select
    numbered.*,
    max(excess_mps) over (partition by drive_id, island_index) as most_excess_mps
  from numbered
),

intervals as (
  select
    project_id,
    drive_id,
    min(t_ns) as t_start_ns,
    max(t_ns) as t_end_ns,
    min(case when excess_mps = most_excess_mps then t_ns end) as t_peak_ns,
    max(excess_mps) as max_excess_mps,
    min(speed_limit_mps) as speed_limit_mps
  from ranked
  group by project_id, drive_id, island_index
),

found as (
  select
    intervals.*,
    case when intervals.max_excess_mps > thresholds.overspeed_serious_mps then 'serious' else 'minor' end as severity
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  where {{ lasts('intervals', 'thresholds.overspeed_min_duration_s') }}
)

{{ scenario_events(
  'overspeed', extras=['speed_limit_mps', 'max_excess_mps'], has_actor=false, t_peak='t_peak_ns', uses_lane=false
) }}
