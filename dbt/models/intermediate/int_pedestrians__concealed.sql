{#- When a pedestrian or cyclist could not be seen: mostly covered, or not in the list, behind something that was. -#}
with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

objects as (
  select
    related.*,
    thresholds.events_merge_gap_s as merge_gap_s,
    thresholds.events_grid_step_s as grid_step_s,
    thresholds.occluded_ped_emerging_max_visibility_pct as max_visibility_pct,
    thresholds.occluded_ped_emerging_min_hidden_s as min_hidden_s
  from {{ per_drive(ref('int_objects__related')) }} as related
  inner join thresholds on related.project_id = thresholds.project_id
  where related.is_event_role
),

walkers as (
  select * from objects
  where object_class in ('pedestrian', 'bicycle')
),

hidden as (
  select * from walkers
  where visibility_pct <= max_visibility_pct
),

numbered as (
  {{ islands('hidden', 'drive_id, track_id') }}
),

covered as (
  select
    drive_id,
    track_id,
    'covered' as hidden_by,
    max(t_ns) as t_hidden_ns,
    max(t_ns) - min(t_ns) + cast(round(max(grid_step_s) * {{ ns_per_s() }}) as bigint) as hidden_ns,
    max(min_hidden_s) as min_hidden_s
  from numbered
  group by drive_id, track_id, island_index
),

-- New in the list: where it must have been min_hidden_s before, along the path of then.
newcomers as (
  select
    drive_id,
    track_id,
    t_ns,
    t_ns - cast(round(min_hidden_s * {{ ns_per_s() }}) as bigint) as t_before_ns,
    min_hidden_s,
    path_s_rel_m + closing_speed_mps * min_hidden_s as s_before_m,
    d_m - v_d_mps * min_hidden_s as d_before_m,
    row_number() over (partition by drive_id, track_id order by t_ns) as known_rank
  from walkers
  where v_s_mps is not null
),

-- The directions that a nearer vehicle then covered: between the bearings of its corners.
shadows as (
  select
    newcomers.*,
    least(
      atan2(objects.d_m - objects.extent_d_m, objects.path_s_rel_m - objects.extent_s_m),
      atan2(objects.d_m - objects.extent_d_m, objects.path_s_rel_m + objects.extent_s_m)
    ) as lowest_rad,
    greatest(
      atan2(objects.d_m + objects.extent_d_m, objects.path_s_rel_m - objects.extent_s_m),
      atan2(objects.d_m + objects.extent_d_m, objects.path_s_rel_m + objects.extent_s_m)
    ) as highest_rad
  from newcomers
  inner join objects
    on
      newcomers.drive_id = objects.drive_id
      and newcomers.t_before_ns = objects.t_ns
      and newcomers.s_before_m > objects.path_s_rel_m
      and objects.path_s_rel_m > objects.extent_s_m
  where newcomers.known_rank = 1 and objects.object_class in ('car', 'truck', 'bus')
)

select
  drive_id,
  track_id,
  hidden_by,
  t_hidden_ns,
  hidden_ns / 1e9 as hidden_s
from covered
where hidden_ns >= cast(round(min_hidden_s * {{ ns_per_s() }}) as bigint)
union all
select
  drive_id,
  track_id,
  'untracked' as hidden_by,
  min(t_ns) as t_hidden_ns,
  max(min_hidden_s) as hidden_s
from shadows
where atan2(d_before_m, s_before_m) between lowest_rad and highest_rad
group by drive_id, track_id
