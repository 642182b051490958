{#- A vehicle ahead leaves the ego lane by its own movement: the mirror of int_lane_entries__detected. -#}
{{ config(materialized="view") }}

with objects as (
  select
    project_id, drive_id, track_id, t_ns, intrusion_m, left_mark_d_m, right_mark_d_m,
    greatest(d_m + extent_d_m - left_mark_d_m, right_mark_d_m - (d_m - extent_d_m)) as overhang_m
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

-- A jump of the marks is a change of the ego lane: who is left behind by it has not moved.
cut as (
  select
    stepped.*,
    thresholds.cut_in_min_intrusion_m as min_intrusion_m,
    thresholds.cut_out_max_duration_s as max_duration_s,
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

followed as (
  select
    cut.*,
    lead(t_ns) over (partition by drive_id, track_id, segment_index order by t_ns) as next_ns
  from cut
),

-- Between wholly inside and outside a vehicle is neither.
decided as (
  select
    followed.*,
    overhang_m <= min_intrusion_m as is_inside
  from followed
  where overhang_m <= min_intrusion_m or intrusion_m <= min_intrusion_m
),

turned as (
  select
    decided.*,
    lag(is_inside) over (partition by drive_id, track_id, segment_index order by t_ns) as was_inside,
    lag(next_ns) over (partition by drive_id, track_id, segment_index order by t_ns) as t_start_ns
  from decided
)

select
  project_id,
  drive_id,
  track_id,
  t_start_ns,
  t_ns as t_end_ns
from turned
where
  not is_inside
  and was_inside
  and t_ns - t_start_ns <= max_duration_s * {{ ns_per_s() }}
