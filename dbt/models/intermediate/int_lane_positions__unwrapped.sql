{#- Where each vehicle is across the lanes; the ego vehicle is the one with the empty track_id. -#}
{%- set keys = 'partition by drive_id, track_id, segment_index order by t_ns' -%}
with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

stepped as (
  select
    marks.*,
    thresholds.events_merge_gap_s as merge_gap_s,
    thresholds.cut_in_max_mark_step_m as max_mark_step_m,
    left_mark_d_m - right_mark_d_m as lane_width_m,
    left_mark_d_m - lag(left_mark_d_m) over (partition by drive_id, track_id order by t_ns) as left_step_m,
    right_mark_d_m - lag(right_mark_d_m) over (partition by drive_id, track_id order by t_ns) as right_step_m,
    t_ns - lag(t_ns) over (partition by drive_id, track_id order by t_ns) as step_ns
  from {{ per_drive(ref('int_lane_marks__repaired')) }} as marks
  inner join thresholds on marks.project_id = thresholds.project_id
),

-- When both marks jump together, they are those of the next lane: the ego vehicle changed lane, not everybody else.
jumped as (
  select
    stepped.*,
    case
      when abs(left_step_m) > max_mark_step_m and abs(right_step_m) > max_mark_step_m
        then round(0.5 * (left_step_m + right_step_m) / lane_width_m)
      else 0e0
    end as num_lanes_jumped,
    case
      when
        step_ns <= merge_gap_s * {{ ns_per_s() }}
        and (abs(left_step_m) > max_mark_step_m) = (abs(right_step_m) > max_mark_step_m)
        and abs(left_step_m - right_step_m) <= max_mark_step_m then 0
      else 1
    end as is_new
  from stepped
),

cut as (
  select
    jumped.*,
    cast(sum(is_new) over (
      partition by drive_id, track_id order by t_ns rows between unbounded preceding and current row
    ) as bigint) as segment_index
  from jumped
),

-- lane_position counts lanes to the left, its fraction is the place in one: how slantwise the marks are met does not
-- matter to it. lateral_m is the same in metres, without jumps, and serves slopes.
counted as (
  select
    cut.*,
    (d_m - right_mark_d_m) / lane_width_m + sum(num_lanes_jumped) over (
      {{ keys }} rows between unbounded preceding and current row
    ) as lane_position
  from cut
),

unwrapped as (
  select
    counted.*,
    lane_position * {{ exact_mean('lane_width_m', over=' over (partition by drive_id, track_id, segment_index)') }}
      as lateral_m
  from counted
),

-- Savitzky-Golay: a line through 0.9 s and a parabola through 1.1 s around the instant, on the 10 Hz grid.
fitted as (
  select
    project_id, drive_id, track_id, segment_index, t_ns, v_s_mps, extent_d_m, lane_width_m, lateral_m, lane_position,
    case
      when lead(t_ns, 4) over ({{ keys }}) - lag(t_ns, 4) over ({{ keys }}) = {{ 8 * 100000000 }}
        then (
          {%- for k in range(1, 5) %}
          {{ k }} * (lead(lateral_m, {{ k }}) over ({{ keys }}) - lag(lateral_m, {{ k }}) over ({{ keys }}))
          {{- " +" if not loop.last }}
          {%- endfor %}
        ) / 6.0e0
    end as lateral_speed_mps,
    case
      when lead(t_ns, 5) over ({{ keys }}) - lag(t_ns, 5) over ({{ keys }}) = {{ ns_per_s() }}
        then (
          {%- for weight in [-9, -6, -1, 6, 15] %}
          {{ weight }} * (
            lead(lateral_m, {{ loop.index }}) over ({{ keys }}) + lag(lateral_m, {{ loop.index }}) over ({{ keys }})
          ) +
          {%- endfor %}
          -10 * lateral_m
        ) / 4.29e0
    end as lateral_acceleration_mps2
  from unwrapped
)

select
  fitted.*,
  case
    when lead(t_ns, 3) over ({{ keys }}) - lag(t_ns, 3) over ({{ keys }}) = {{ 6 * 100000000 }}
      then (
        lead(lateral_acceleration_mps2, 3) over ({{ keys }}) - lag(lateral_acceleration_mps2, 3) over ({{ keys }})
      ) / 0.6e0
  end as lateral_jerk_mps3
from fitted
