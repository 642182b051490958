with visits as (
  select * from {{ per_drive(ref('int_path_visits__bounded')) }} as bounded
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- By how much the first was gone when the second came: the least of all places that the actor covered on its way.
ranked as (
  select
    crossings.*,
    row_number() over (
      partition by drive_id, track_id, visit_index order by second_entry_ns - first_exit_ns, at_ns, point_kind
    ) as nearness
  from {{ per_drive(ref('int_crossings__timed')) }} as crossings
  where who_was_first is not null
),

conflicts as (
  select
    drive_id,
    track_id,
    visit_index,
    min(who_was_first) as who_was_first,
    -- one of them first in one place and the other in another, or both at once: the vehicle met the actor in the path
    min(who_was_first) <> max(who_was_first) or max(who_was_first) = 'both' as is_overlapping,
    max(case when nearness = 1 then first_exit_ns end) as first_exit_ns,
    max(case when nearness = 1 then second_entry_ns end) as second_entry_ns,
    max(case when nearness = 1 then conflict_s_m end) as conflict_s_m
  from ranked
  group by drive_id, track_id, visit_index
),

-- What was true while the actor was in the corridor and ahead.
course as (
  select
    visits.drive_id,
    visits.track_id,
    visits.visit_index,
    min(related.gap_m) as min_gap_m,
    min(related.ttc_s) as min_ttc_s,
    min(metrics.ettc_s) as min_ettc_s,
    min(related.thw_s) as min_thw_s,
    max(related.drac_mps2) as max_drac_mps2,
    max(metrics.btn) as max_btn,
    count(case when related.ttc_s <= thresholds.encounter_exposure_ttc_s then 1 end) as num_exposed,
    {{ exact_sum('greatest(thresholds.encounter_exposure_ttc_s - related.ttc_s, 0e0)') }} as total_deficit_s
  from visits
  inner join {{ per_drive(ref('int_objects__related')) }} as related
    on
      visits.drive_id = related.drive_id
      and visits.track_id = related.track_id
      and related.t_ns between visits.t_start_ns and visits.t_end_ns
  left join {{ per_drive(ref('int_conflict_metrics__computed')) }} as metrics
    on
      related.drive_id = metrics.drive_id
      and related.track_id = metrics.track_id
      and related.t_ns = metrics.t_ns
  inner join thresholds on visits.project_id = thresholds.project_id
  where related.is_event_role and related.gap_m is not null
  group by visits.drive_id, visits.track_id, visits.visit_index
),

timed as (
  select
    visits.*,
    conflicts.is_overlapping,
    conflicts.conflict_s_m,
    case when not conflicts.is_overlapping then conflicts.who_was_first = 'ego' end as is_ego_first,
    -- the first has to be seen to leave, the second to come
    not conflicts.is_overlapping and (
      (conflicts.who_was_first = 'actor' and visits.t_exit_ns is not null)
      or (conflicts.who_was_first = 'ego' and visits.t_entry_ns is not null)
    ) as is_timed,
    conflicts.first_exit_ns,
    conflicts.second_entry_ns
  from visits
  left join conflicts
    on
      visits.drive_id = conflicts.drive_id
      and visits.track_id = conflicts.track_id
      and visits.visit_index = conflicts.visit_index
)

select
  timed.project_id, timed.drive_id, timed.track_id, timed.visit_index, timed.role, timed.object_class,
  timed.t_start_ns, timed.t_end_ns,
  -- crossing
  timed.is_crossing, timed.is_from_left, timed.crossing_angle_rad,
  cast(timed.t_exit_ns - timed.t_entry_ns as double) / {{ ns_per_s() }} as encroachment_time_s,
  timed.is_overlapping,
  timed.is_ego_first,
  case when timed.is_timed then cast(timed.second_entry_ns - timed.first_exit_ns as double) / {{ ns_per_s() }} end
    as pet_s,
  case when timed.is_timed then timed.first_exit_ns end as t_first_exit_ns,
  case when timed.is_timed then timed.second_entry_ns end as t_second_entry_ns,
  timed.conflict_s_m,
  -- approach
  course.min_gap_m, course.min_ttc_s, course.min_ettc_s, course.min_thw_s, course.max_drac_mps2, course.max_btn,
  course.num_exposed * thresholds.events_grid_step_s as tet_s,
  course.total_deficit_s * thresholds.events_grid_step_s as tit_s2
from timed
inner join thresholds on timed.project_id = thresholds.project_id
left join course
  on
    timed.drive_id = course.drive_id
    and timed.track_id = course.track_id
    and timed.visit_index = course.visit_index
where timed.is_crossing or course.min_gap_m is not null
