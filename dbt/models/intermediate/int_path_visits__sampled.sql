with related as (
  select * from {{ per_drive(ref('int_objects__related')) }} as road_users
  where is_event_role and is_road_user
),

ego as (
  select * from {{ per_drive(ref('stg_ego_motion')) }} as motion
  where s_m is not null
),

-- Who is far from the corridor plays no part; who is near it tells when it was entered and left.
near as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.role,
    related.object_class,
    related.t_ns,
    related.d_m,
    ego.s_m + related.path_s_rel_m - related.extent_s_m as low_m,
    ego.s_m + related.path_s_rel_m + related.extent_s_m as high_m,
    abs(related.d_m) - related.extent_d_m - 0.5 * drives.ego_width_m as clearance_m,
    thresholds.events_merge_gap_s as merge_gap_s
  from related
  inner join ego on related.drive_id = ego.drive_id and related.t_ns = ego.t_ns
  inner join {{ ref('int_drives__profiled') }} as drives on related.drive_id = drives.drive_id
  inner join {{ ref('int_thresholds__pivoted') }} as thresholds on related.project_id = thresholds.project_id
  where abs(related.d_m) - related.extent_d_m - 0.5 * drives.ego_width_m < thresholds.encounter_near_path_m
),

stepped as (
  select
    near.*,
    lag(t_ns) over (partition by drive_id, track_id order by t_ns) as before_t_ns,
    lag(d_m) over (partition by drive_id, track_id order by t_ns) as before_d_m,
    lag(low_m) over (partition by drive_id, track_id order by t_ns) as before_low_m,
    lag(high_m) over (partition by drive_id, track_id order by t_ns) as before_high_m,
    lag(clearance_m) over (partition by drive_id, track_id order by t_ns) as before_clearance_m,
    lead(t_ns) over (partition by drive_id, track_id order by t_ns) as after_t_ns,
    lead(d_m) over (partition by drive_id, track_id order by t_ns) as after_d_m,
    lead(low_m) over (partition by drive_id, track_id order by t_ns) as after_low_m,
    lead(high_m) over (partition by drive_id, track_id order by t_ns) as after_high_m,
    lead(clearance_m) over (partition by drive_id, track_id order by t_ns) as after_clearance_m
  from near
),

inside as (
  select
    stepped.*,
    cast(round(merge_gap_s * {{ ns_per_s() }}) as bigint) as merge_gap_ns
  from stepped
  where clearance_m < 0
),

numbered as (
  {{ islands('inside', 'drive_id, track_id') }}
),

-- Between the instants outside and inside the clearance is a straight line: where it is zero lies the entry or exit.
edges as (
  {%- for side in ['before', 'after'] %}
  select
    numbered.*,
    '{{ 'entry' if side == 'before' else 'exit' }}' as point_kind,
    {{ side }}_t_ns as other_t_ns,
    {{ side }}_d_m as other_d_m,
    {{ side }}_low_m as other_low_m,
    {{ side }}_high_m as other_high_m,
    clearance_m / (clearance_m - {{ side }}_clearance_m) as part
  from numbered
  where {{ side }}_clearance_m >= 0 and abs({{ side }}_t_ns - t_ns) <= merge_gap_ns
  {{ "union all" if side == 'before' }}
  {%- endfor %}
)

select
  project_id, drive_id, track_id, role, object_class, island_index as visit_index,
  'inside' as point_kind,
  t_ns as at_ns,
  d_m, low_m, high_m
from numbered
union all
select
  project_id, drive_id, track_id, role, object_class, island_index as visit_index,
  point_kind,
  t_ns + cast(round(part * (other_t_ns - t_ns)) as bigint) as at_ns,
  d_m + part * (other_d_m - d_m) as d_m,
  low_m + part * (other_low_m - low_m) as low_m,
  high_m + part * (other_high_m - high_m) as high_m
from edges
