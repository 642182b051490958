with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

recorded as (
  select * from {{ per_drive(ref('stg_conditions')) }}
),

held as (
  select
    recorded.*,
    light as scenario_id,
    0 as severity_rank,
    light_source = 'illuminance' as is_measured
  from recorded
  where light in ('night', 'low_ambient')
  union all
  select
    recorded.*,
    'rain' as scenario_id,
    case weather when 'rain_light' then 1 when 'rain_moderate' then 2 else 3 end as severity_rank,
    weather_source = 'rain_sensor' as is_measured
  from recorded
  where weather in ('rain_light', 'rain_moderate', 'rain_heavy')
),

-- An interval of silver ends where any of light, weather and road changes: those that touch are one here.
marked as (
  select
    held.*,
    case
      when held.t_start_ns - lag(held.t_end_ns) over (
        partition by held.drive_id, held.scenario_id order by held.t_start_ns
      ) <= cast(round(thresholds.events_merge_gap_s * {{ ns_per_s() }}) as bigint) then 0
      else 1
    end as is_new
  from held
  inner join thresholds on held.project_id = thresholds.project_id
),

numbered as (
  select
    marked.*,
    sum(is_new) over (
      partition by drive_id, scenario_id order by t_start_ns rows between unbounded preceding and current row
    ) as interval_index
  from marked
),

merged as (
  select
    project_id,
    drive_id,
    scenario_id,
    min(t_start_ns) as t_start_ns,
    max(t_end_ns) - 1 as t_end_ns,
    max(severity_rank) as severity_rank,
    min(case when is_measured then 1 else 0 end) = 1 as is_measured,
    max(case when is_new = 1 then light end) as light,
    max(case when is_new = 1 then weather end) as weather,
    max(case when is_new = 1 then road_kind end) as road_kind
  from numbered
  group by project_id, drive_id, scenario_id, interval_index
),

versioned as (
  select
    merged.*,
    thresholds.confidence_condition_fallback,
    case merged.scenario_id
      when 'night' then thresholds.night_version
      when 'low_ambient' then thresholds.low_ambient_version
      else thresholds.rain_version
    end as definition_version
  from merged
  inner join thresholds on merged.project_id = thresholds.project_id
)

select
  {{ event_id('scenario_id', 'definition_version', 'drive_id', 'null', 't_start_ns') }} as event_id,
  scenario_id,
  definition_version,
  project_id,
  drive_id,
  cast(null as varchar(64)) as actor_track_id,
  t_start_ns,
  t_start_ns as t_peak_ns,
  t_end_ns,
  case severity_rank when 0 then 'context' when 1 then 'light' when 2 then 'moderate' else 'heavy' end as severity,
  {%- for metric in ['min_ttc_s', 'min_thw_s', 'max_drac_mps2', 'gap_at_start_m', 'closing_speed_at_start_mps',
    'peak_deceleration_mps2'] %}
  cast(null as double) as {{ metric }},
  {%- endfor %}
  light,
  weather,
  road_kind,
  'none' as lane_source,
  case when is_measured then 1e0 else confidence_condition_fallback end as confidence,
  is_measured
from versioned
