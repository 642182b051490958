with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

samples as (
  select
    recorded.project_id,
    recorded.drive_id,
    signals.scenario_id,
    signals.message_name,
    signals.signal_name,
    recorded.t_ns,
    recorded.value,
    lag(recorded.value) over (
      partition by recorded.drive_id, signals.scenario_id, recorded.message_name, recorded.signal_name
      order by recorded.t_ns, recorded.bus, recorded.record_index
    ) as value_before,
    recorded.value between signals.active_min and signals.active_max as is_active
  from {{ per_drive(ref('stg_can_signals')) }} as recorded
  inner join {{ ref('bus_event_signals') }} as signals
    on recorded.message_name = signals.message_name and recorded.signal_name = signals.signal_name
  where recorded.value is not null
),

-- How often the signal is sent: a hole of a few periods ends no interval.
rates as (
  select
    drive_id,
    scenario_id,
    message_name,
    signal_name,
    (max(t_ns) - min(t_ns)) * 1e-9 / nullif(count(*) - 1, 0) as period_s
  from samples
  group by drive_id, scenario_id, message_name, signal_name
)

select
  samples.*,
  greatest(thresholds.events_merge_gap_s, coalesce(thresholds.bus_events_hold_periods * rates.period_s, 0e0))
    as merge_gap_s
from samples
inner join thresholds on samples.project_id = thresholds.project_id
inner join rates
  on
    samples.drive_id = rates.drive_id
    and samples.scenario_id = rates.scenario_id
    and samples.message_name = rates.message_name
    and samples.signal_name = rates.signal_name
