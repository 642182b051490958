{{ config(materialized="table", pre_hook=[]) }}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

newest as (
  select
    snapshot_id,
    row_number() over (order by created_at_ns desc, snapshot_id) as recency
  from {{ ref('stg_snapshots') }}
  where snapshot_id in (select snapshot_id from {{ ref('stg_predictions') }})
),

-- Of registered models only: a baseline is unsure by construction.
scored as (
  select
    samples.drive_id,
    samples.track_id,
    samples.reference_track_id,
    samples.t_ns,
    predictions.probability,
    1 - abs(2 * predictions.probability - 1) as uncertainty
  from {{ ref('stg_predictions') }} as predictions
  inner join newest on predictions.snapshot_id = newest.snapshot_id and newest.recency = 1
  inner join {{ ref('fct_training_samples') }} as samples on predictions.sample_id = samples.sample_id
  where predictions.model_version is not null
),

near as (
  select
    events.event_id,
    scored.probability,
    scored.uncertainty,
    row_number() over (
      partition by events.event_id order by scored.uncertainty desc, scored.t_ns, scored.track_id
    ) as order_of_doubt
  from {{ ref('int_events__weighed') }} as events
  inner join thresholds on events.project_id = thresholds.project_id
  inner join scored
    on
      events.drive_id = scored.drive_id
      and events.actor_track_id in (scored.track_id, scored.reference_track_id)
      and scored.t_ns <= events.t_start_ns
      and scored.t_ns
      >= events.t_start_ns - cast(round(thresholds.edge_case_uncertainty_lookback_s * {{ ns_per_s() }}) as bigint)
)

select
  event_id,
  probability,
  uncertainty
from near
where order_of_doubt = 1
