{{ config(materialized="table", pre_hook=[]) }}

with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

rates as (
  select
    scenario_id,
    num_events,
    distance_km,
    rate_per_1000_km,
    {{ exact_mean('case when num_events > 0 then rate_per_1000_km end', over=' over ()') }} as mean_rate_per_1000_km
  from {{ ref('fct_scenario_rates') }}
  where scope = 'fleet'
),

cells as (
  select
    odd_cell_id,
    status,
    is_known,
    case when is_declared then gap_share else 1e0 end as gap_share
  from {{ ref('fct_odd_coverage') }}
  where scope = 'fleet'
),

-- What else happened around the event, in words; the strongest composition counts.
composed as (
  select
    event_id,
    max(boost) as boost,
    {{ joined_text('words') }} as words
  from {{ ref('int_compositions__found') }}
  group by event_id
),

factored as (
  select
    events.*,
    composed.words,
    rates.num_events as num_events_of_scenario,
    rates.distance_km,
    predictions.probability,
    cells.status,
    events.severity_weight + (1 - events.severity_weight) * coalesce(composed.boost, 0e0) as severity_factor,
    coalesce(
      rates.mean_rate_per_1000_km / (rates.mean_rate_per_1000_km + rates.rate_per_1000_km),
      thresholds.edge_case_neutral_uncertainty
    ) as rarity_factor,
    coalesce(predictions.uncertainty, thresholds.edge_case_neutral_uncertainty) as uncertainty_factor,
    case when cells.is_known then cells.gap_share else thresholds.edge_case_neutral_uncertainty end as odd_gap_factor,
    thresholds.edge_case_rarity_share,
    thresholds.edge_case_uncertainty_share,
    thresholds.edge_case_odd_gap_share,
    thresholds.edge_case_high
  from {{ ref('int_events__weighed') }} as events
  inner join thresholds on events.project_id = thresholds.project_id
  left join rates on events.scenario_id = rates.scenario_id
  left join cells on events.odd_cell_id = cells.odd_cell_id
  left join composed on events.event_id = composed.event_id
  left join {{ ref('int_predictions__attached') }} as predictions on events.event_id = predictions.event_id
  where
    events.severity_weight >= thresholds.edge_case_min_severity_weight
    or (composed.boost is not null and events.severity_weight > 0)
),

-- A share of 1 lets a factor decide alone, a share of 0 takes it out.
scored as (
  select
    factored.*,
    severity_factor
    * (1 - edge_case_rarity_share * (1 - rarity_factor))
    * (1 - edge_case_uncertainty_share * (1 - uncertainty_factor))
    * (1 - edge_case_odd_gap_share * (1 - odd_gap_factor)) as score
  from factored
)

select
  event_id,
  cast(row_number() over (order by cast(floor(score * 1e9) as bigint) desc, event_id) - 1 as bigint) as rank_index,
  scenario_id,
  severity,
  project_id,
  drive_id,
  actor_track_id,
  object_class,
  t_start_ns,
  t_end_ns,
  odd_cell_id,
  score,
  severity_factor,
  rarity_factor,
  uncertainty_factor,
  odd_gap_factor,
  severity || ' ' || scenario_id
  || coalesce('; ' || words, '')
  || case
    when rarity_factor >= edge_case_high
      then
        '; rare: ' || cast(num_events_of_scenario as varchar(64)) || ' in '
        || {{ whole('distance_km') }} || ' km'
    else ''
  end
  || case
    when probability is not null and uncertainty_factor >= edge_case_high
      then '; the model was unsure: ' || {{ whole('100 * probability') }} || ' %'
    else ''
  end
  || case
    when odd_gap_factor >= edge_case_high then '; ' || odd_cell_id || ': ' || status
    else ''
  end as reason
from scored
