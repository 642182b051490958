{{ config(materialized="view") }}

-- Who does not drive along the path comes from a side street or crosses: neither its way in nor its being out counts.
with objects as (
  select
    project_id, drive_id, track_id, t_ns, d_m, extent_d_m, intrusion_m, left_mark_d_m, right_mark_d_m
  from {{ ref('int_objects__related') }}
  where is_event_role and is_vehicle and is_same_direction and intrusion_m is not null
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

stepped as (
  select
    objects.*,
    t_ns - lag(t_ns) over (partition by drive_id, track_id order by t_ns) as step_ns,
    abs(left_mark_d_m - lag(left_mark_d_m) over (partition by drive_id, track_id order by t_ns)) as left_step_m,
    abs(right_mark_d_m - lag(right_mark_d_m) over (partition by drive_id, track_id order by t_ns)) as right_step_m
  from objects
),

-- A jump of the marks is a change of the ego lane: what lies before it says nothing about the actor's own movement.
cut as (
  select
    stepped.*,
    thresholds.cut_in_min_intrusion_m,
    thresholds.cut_in_max_outside_age_s,
    cast(sum(case
      when
        step_ns <= thresholds.events_merge_gap_s * {{ ns_per_s() }}
        and left_step_m <= thresholds.cut_in_max_mark_step_m
        and right_step_m <= thresholds.cut_in_max_mark_step_m then 0
      else 1
    end) over (
      partition by drive_id, track_id order by t_ns rows between unbounded preceding and current row
    ) as bigint) as segment_index
  from stepped
  inner join thresholds on stepped.project_id = thresholds.project_id
),

-- Hysteresis: between the mark and min_intrusion_m a vehicle is neither outside nor inside.
decided as (
  select
    cut.*,
    intrusion_m > cut_in_min_intrusion_m as is_inside
  from cut
  where intrusion_m > cut_in_min_intrusion_m or intrusion_m <= 0
),

turned as (
  select
    decided.*,
    lag(is_inside) over (partition by drive_id, track_id, segment_index order by t_ns) as was_inside,
    lag(t_ns) over (partition by drive_id, track_id, segment_index order by t_ns) as last_outside_ns,
    lag(left_mark_d_m) over (partition by drive_id, track_id, segment_index order by t_ns) as last_left_mark_d_m,
    lag(right_mark_d_m) over (partition by drive_id, track_id, segment_index order by t_ns) as last_right_mark_d_m
  from decided
)

select
  project_id,
  drive_id,
  track_id,
  segment_index,
  t_ns,
  last_outside_ns
from turned
where
  is_inside
  and not was_inside
  and t_ns - last_outside_ns <= cut_in_max_outside_age_s * {{ ns_per_s() }}
  -- it is over the marks as they were, too: marks that drift over an actor which keeps its place bring nobody in
  and d_m - extent_d_m < last_left_mark_d_m
  and d_m + extent_d_m > last_right_mark_d_m
