{{ config(materialized="view", pre_hook=[]) }}

with thresholds as (
  select max(perception_z_95) as z from {{ ref('int_thresholds__pivoted') }}
),

scores as (
  select * from {{ ref('stg_definition_scores') }}
),

-- Only scores of the definition as it is now; several truths of one scenario are pooled.
pooled as (
  select
    scores.scenario_id,
    case scores.metric
      when 'recall' then 'definition_false_negative_share'
      else 'definition_false_positive_share'
    end as kpi,
    cast(sum(scores.num_samples - scores.num_positives) as bigint) as numerator,
    cast(sum(scores.num_samples) as bigint) as denominator
  from scores
  inner join {{ ref('dim_scenario_definitions') }} as definitions
    on scores.scenario_id = definitions.scenario_id and scores.definition_version = definitions.definition_version
  where scores.metric in ('recall', 'precision')
  group by scores.scenario_id, scores.metric
),

shared as (
  select
    pooled.*,
    thresholds.z,
    numerator * 1e0 / denominator as share
  from pooled
  cross join thresholds
  where denominator > 0
)

select
  {{ scope_id("'fleet'", "'all'", "'all'", "'all'") }} as scope_id,
  kpi,
  scenario_id,
  share as value,
  numerator * 1e0 as numerator,
  denominator * 1e0 as denominator,
  denominator as num_samples,
  {{ wilson('share', 'denominator', 'z', '-') }} as ci_low,
  {{ wilson('share', 'denominator', 'z', '+') }} as ci_high
from shared
