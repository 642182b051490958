{%- set scenarios = ['aeb_activation', 'fcw', 'takeover', 'disengagement', 'odd_exit', 'mrm'] -%}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

active as (
  select * from {{ per_drive(ref('int_bus_signals__watched')) }}
  where is_active
),

numbered as (
  {{ islands('active', 'drive_id, scenario_id') }}
),

intervals as (
  select
    project_id,
    drive_id,
    scenario_id,
    min(t_ns) as t_first_ns,
    max(t_ns) as t_last_ns,
    min(message_name) as message_name,
    min(signal_name) as signal_name,
    max(value) as peak_value,
    max(case when is_new = 1 then value_before end) as value_before
  from numbered
  group by project_id, drive_id, scenario_id, island_index
),

-- On the grid, where the ego vehicle is known; an edge is the instant at which it happened.
found as (
  select
    intervals.*,
    (intervals.t_last_ns - intervals.t_first_ns) * 1e-9 as active_s,
    {{ nearest_instant('intervals.t_first_ns') }} as t_start_ns,
    {{ nearest_instant('(case when signals.is_edge then intervals.t_first_ns else intervals.t_last_ns end)') }}
      as t_end_ns,
    case
      when case when signals.is_edge then intervals.value_before else intervals.peak_value end >= signals.escalated_from
        then signals.escalated_severity
      else signals.severity
    end as severity,
    case intervals.scenario_id
      {%- for scenario in scenarios %}
      when '{{ scenario }}' then thresholds.{{ scenario }}_version
      {%- endfor %}
    end as definition_version
  from intervals
  inner join thresholds on intervals.project_id = thresholds.project_id
  inner join {{ ref('bus_event_signals') }} as signals
    on
      intervals.scenario_id = signals.scenario_id
      and intervals.message_name = signals.message_name
      and intervals.signal_name = signals.signal_name
  where signals.from_min is null or intervals.value_before between signals.from_min and signals.from_max
)

{{ scenario_events(
  none, extras=['message_name', 'signal_name', 'value_before', 'peak_value', 'active_s'], has_actor=false,
  uses_lane=false
) }}
