{{ config(materialized="view", pre_hook=[]) }}

with latency as (
  select * from {{ ref('fct_pipeline_latency') }}
),

trained as (
  select distinct snapshot_id from {{ ref('stg_predictions') }}
  where model_version is not null
),

-- The first snapshot with a drive in it from which a model was trained: until then no model had learned from it.
learned as (
  select
    members.drive_id,
    min(snapshots.created_at_ns) as learned_at_ns
  from {{ ref('stg_snapshot_items') }} as members
  inner join trained on members.snapshot_id = trained.snapshot_id
  inner join {{ ref('stg_snapshots') }} as snapshots on members.snapshot_id = snapshots.snapshot_id
  group by members.drive_id
),

durations as (
  select drive_id, 'received_to_silver_s' as kpi, (silver_at_ns - received_at_ns) * 1e-9 as duration_s
  from latency
  union all
  select
    latency.drive_id, 'time_to_model_update_s' as kpi,
    (learned.learned_at_ns - latency.received_at_ns) * 1e-9 as duration_s
  from latency
  inner join learned on latency.drive_id = learned.drive_id
),

-- Medians and 95th percentiles by nearest rank: the value of a drive, the same on every engine.
ranked as (
  select
    scoped.scope_id,
    durations.kpi,
    durations.duration_s,
    row_number() over (
      partition by scoped.scope_id, durations.kpi order by durations.duration_s, durations.drive_id
    ) as rank_number,
    count(*) over (partition by scoped.scope_id, durations.kpi) as num_samples
  from durations
  inner join {{ ref('int_drives__scoped') }} as scoped on durations.drive_id = scoped.drive_id
  where durations.duration_s is not null
)

select
  scope_id,
  kpi || '_p50' as kpi,
  duration_s as value,
  num_samples
from ranked
where rank_number = cast(ceil(num_samples * 0.5) as bigint)
union all
select
  scope_id,
  kpi || '_p95' as kpi,
  duration_s as value,
  num_samples
from ranked
where rank_number = cast(ceil(num_samples * 0.95) as bigint)
