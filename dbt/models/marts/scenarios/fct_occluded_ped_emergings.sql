with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

found as (
  select
    emerged.*,
    case
      when emerged.ttc_first_visible_s < thresholds.occluded_ped_emerging_critical_ttc_s then 'critical'
      when emerged.ttc_first_visible_s < thresholds.occluded_ped_emerging_close_ttc_s then 'close'
      else 'benign'
    end as severity
  from {{ per_drive(ref('int_pedestrians__emerged')) }} as emerged
  inner join thresholds on emerged.project_id = thresholds.project_id
)

{{ scenario_events('occluded_ped_emerging', t_peak='t_start_ns', uses_lane=false, extras=[
  'hidden_by', 'hidden_s', 'ttc_first_visible_s', 'lateral_distance_m', 'approach_mps']) }}
