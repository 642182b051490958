with drives as (
  select * from {{ per_drive(ref('int_drives__profiled')) }}
),

ego as (
  select
    drive_id,
    avg(case when lane_source <> 'none' then 1e0 else 0e0 end) as lanes_share,
    avg(case when ax_ego_mps2 is not null then 1e0 else 0e0 end) as acceleration_share,
    avg(case when ay_ego_mps2 is not null then 1e0 else 0e0 end) as lateral_share,
    avg(case when light <> 'unknown' or weather <> 'unknown' then 1e0 else 0e0 end) as conditions_share
  from {{ per_drive(ref('int_ego_instants__enriched')) }}
  group by drive_id
),

-- Roads and crosswalks are known, also that there are none, where the map came as areas.
maps as (
  select
    drive_id,
    avg(case when map_source <> 'none' or lane_source = 'map' then 1e0 else 0e0 end) as map_share,
    avg(case when map_source = 'map_elements' then 1e0 else 0e0 end) as crosswalks_share,
    avg(case when speed_limit_mps is not null then 1e0 else 0e0 end) as speed_limit_share
  from {{ per_drive(ref('stg_ego_motion')) }}
  group by drive_id
),

objects as (
  select
    drive_id,
    avg(case when visibility_pct is not null then 1e0 else 0e0 end) as visibility_share
  from {{ per_drive(ref('stg_object_tracks')) }}
  group by drive_id
),

measured as (
  select
    drives.*,
    ego.lanes_share,
    maps.map_share,
    maps.crosswalks_share,
    maps.speed_limit_share,
    ego.acceleration_share,
    ego.lateral_share,
    ego.conditions_share,
    objects.visibility_share
  from drives
  left join ego on drives.drive_id = ego.drive_id
  left join maps on drives.drive_id = maps.drive_id
  left join objects on drives.drive_id = objects.drive_id
),

-- One row per drive and capability: the share of the drive that has it.
{%- set shares = {
  'objects': "case when event_role is not null then 1e0 else 0e0 end",
  'reference': "case when has_reference then 1e0 else 0e0 end",
  'onboard': "case when has_onboard then 1e0 else 0e0 end",
  'lanes': 'lanes_share',
  'map': 'map_share',
  'crosswalks': 'crosswalks_share',
  'speed_limit': 'speed_limit_share',
  'acceleration': 'acceleration_share',
  'lateral_acceleration': 'lateral_share',
  'visibility': 'visibility_share',
  'conditions': 'conditions_share',
} %}
listed as (
  {%- for capability, share in shares.items() %}
  select project_id, drive_id, '{{ capability }}' as capability, {{ share }} as share from measured
  {{- " union all" if not loop.last }}
  {%- endfor %}
)

select
  listed.project_id,
  listed.drive_id,
  listed.capability,
  coalesce(listed.share, 0e0) as share,
  coalesce(listed.share, 0e0) >= thresholds.evaluability_min_share as is_present
from listed
inner join {{ ref('int_thresholds__pivoted') }} as thresholds on listed.project_id = thresholds.project_id
