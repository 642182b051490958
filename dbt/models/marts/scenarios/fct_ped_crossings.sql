with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

walks as (
  select * from {{ per_drive(ref('int_walks__merged')) }} as merged
  where scenario_id = 'ped_crossing' and is_crossing_path and is_ahead
),

found as (
  select
    walks.*,
    {{ pet_band('walks') }} as severity
  from walks
  inner join thresholds on walks.project_id = thresholds.project_id
  where {{ lasts('walks', 'thresholds.ped_crossing_min_duration_s') }}
)

{{ scenario_events('ped_crossing', extras=['min_range_m', 'pet_s', 'is_ego_first'], uses_lane=false) }}
