{#- group, name: the column <group>_<name> is the value of that row of the seed. -#}
{%- set wanted = {
  'events': ['merge_gap_s', 'grid_step_s'],
  'ego': ['rear_axle_to_front_bumper_m', 'width_m'],
  'lane': ['half_width_m'],
  'metrics': ['min_closing_speed_mps', 'min_thw_speed_mps', 'reaction_time_s', 'same_direction_rad'],
  'cut_in': [
    'min_intrusion_m', 'max_time_to_lead_s', 'min_lead_duration_s', 'max_mark_step_m', 'max_outside_age_s',
    'perceived_displacement_m', 'perception_lookback_s', 'max_duration_s', 'reference_braking_mps2',
    'reference_delay_s', 'critical_ttc_s', 'close_thw_s'],
  'hard_brake': [
    'trigger_acceleration_mps2', 'min_duration_s', 'min_speed_mps', 'discomfort_mps2', 'emergency_mps2', 'severe_mps2'],
  'near_miss': [
    'max_ttc_s', 'min_drac_mps2', 'min_duration_s', 'min_ego_speed_mps', 'max_oncoming_speed_mps',
    'response_window_s', 'evasive_braking_mps2', 'evasive_lateral_mps2'],
  'confidence': ['onboard', 'assumed_lane', 'derived_acceleration'],
  'perception': [
    'max_range_m', 'max_match_distance_m', 'min_visibility_pct', 'relevant_ttc_s', 'min_num_objects', 'z_95'],
  'training': ['period_ns', 'horizon_s', 'max_gap_m', 'max_edge_to_mark_m'],
  'kpi': ['rule_of_three'],
  'data_quality': [
    'merge_gap_s', 'min_gap_s', 'gap_periods', 'major_gap_s', 'major_drop_share', 'min_rate_hz', 'min_rate_share',
    'min_rate_seconds', 'max_drift_ppm', 'max_residual_s', 'min_step_s', 'min_confidence', 'max_calibration_days'],
} -%}

with versions as (
  select
    max(case when scenario_id = 'cut_in' then definition_version end) as cut_in_version,
    max(case when scenario_id = 'hard_brake' then definition_version end) as hard_brake_version,
    max(case when scenario_id = 'near_miss' then definition_version end) as near_miss_version
  from {{ ref('scenario_definitions') }}
),

pivoted as (
  select
    {%- for group, names in wanted.items() %}
    {%- for name in names %}
    max(case when scenario_id = '{{ group }}' and name = '{{ name }}' then value end) as {{ group }}_{{ name }},
    {%- endfor %}
    {%- endfor %}
    count(*) as num_thresholds
  from {{ ref('scenario_thresholds') }}
)

select
  pivoted.*,
  versions.cut_in_version,
  versions.hard_brake_version,
  versions.near_miss_version
from pivoted
cross join versions
