{{ config(materialized="table", pre_hook=[]) }}

with bins as (
  select * from {{ ref('parameter_bins') }}
),

gaps as (
  select * from bins
  where parameter = 'gap_at_start_m'
),

closing_speeds as (
  select * from bins
  where parameter = 'closing_speed_at_start_mps'
),

scoped as (
  select * from {{ ref('int_drives__scoped') }}
  where scope in ('fleet', 'project')
),

scopes as (
  select distinct
    scope,
    project_id
  from scoped
),

-- A bin without an end goes on for ever: coalesce lets the comparison hold there.
placed as (
  select
    scoped.scope,
    scoped.project_id,
    events.scenario_id,
    gaps.bin as gap_bin,
    closing_speeds.bin as closing_speed_bin,
    count(*) as num_events
  from {{ ref('fct_scenario_events') }} as events
  inner join scoped on events.drive_id = scoped.drive_id
  inner join gaps
    on
      events.scenario_id = gaps.scenario_id
      and events.gap_at_start_m >= coalesce(gaps.min_value, events.gap_at_start_m)
      and (events.gap_at_start_m < gaps.max_value or gaps.max_value is null)
  inner join closing_speeds
    on
      events.scenario_id = closing_speeds.scenario_id
      and events.closing_speed_at_start_mps >= coalesce(closing_speeds.min_value, events.closing_speed_at_start_mps)
      and (events.closing_speed_at_start_mps < closing_speeds.max_value or closing_speeds.max_value is null)
  group by scoped.scope, scoped.project_id, events.scenario_id, gaps.bin, closing_speeds.bin
)

select
  md5(
    scopes.scope || '|' || scopes.project_id || '|' || gaps.scenario_id || '|' || gaps.bin || '|' || closing_speeds.bin
  ) as bin_id,
  scopes.scope,
  scopes.project_id,
  gaps.scenario_id,
  gaps.bin as gap_bin,
  closing_speeds.bin as closing_speed_bin,
  gaps.bin_index as gap_bin_index,
  closing_speeds.bin_index as closing_speed_bin_index,
  coalesce(placed.num_events, 0) as num_events
from scopes
cross join gaps
inner join closing_speeds on gaps.scenario_id = closing_speeds.scenario_id
left join placed
  on
    scopes.scope = placed.scope
    and scopes.project_id = placed.project_id
    and gaps.scenario_id = placed.scenario_id
    and gaps.bin = placed.gap_bin
    and closing_speeds.bin = placed.closing_speed_bin
