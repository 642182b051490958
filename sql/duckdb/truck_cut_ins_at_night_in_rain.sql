-- How often does a truck cut in at night in rain, and the ego vehicle brakes hard within 5 s?
-- Run: longtail sql -f sql/duckdb/truck_cut_ins_at_night_in_rain.sql
--
-- A composition, step by step: each row adds a condition, and the count shows what it costs. Night and rain are
-- intervals of marts.fct_conditions (the cut-in lies during them); "followed" begins after the cut-in began and at
-- most 5 s after it ended. In a model the same reads during('cut_ins', 'nights') and followed_by('cut_ins', 'brakes',
-- 5): see dbt/macros/intervals.sql; the seed compositions makes edge cases of what is found.
with cut_ins as (
  select events.*, contexts.object_class
  from marts.fct_scenario_events as events
  inner join marts.dim_event_contexts as contexts using (event_id)
  where events.scenario_id = 'cut_in'
),

judged as (
  select
    event_id,
    object_class = 'truck' as is_by_truck,
    exists (
      select 1 from marts.fct_conditions as nights
      where
        nights.scenario_id = 'night'
        and nights.drive_id = cut_ins.drive_id
        and cut_ins.t_start_ns >= nights.t_start_ns
        and cut_ins.t_end_ns <= nights.t_end_ns
    ) as is_at_night,
    exists (
      select 1 from marts.fct_conditions as rains
      where
        rains.scenario_id = 'rain'
        and rains.drive_id = cut_ins.drive_id
        and cut_ins.t_start_ns >= rains.t_start_ns
        and cut_ins.t_end_ns <= rains.t_end_ns
    ) as is_in_rain,
    exists (
      select 1 from marts.fct_scenario_events as brakes
      where
        brakes.scenario_id = 'hard_brake'
        and brakes.drive_id = cut_ins.drive_id
        and brakes.t_start_ns > cut_ins.t_start_ns
        and brakes.t_start_ns <= cut_ins.t_end_ns + 5000000000
    ) as is_answered
  from cut_ins
),

asked as (
  from (
    values
      (1, 'a cut-in', false, false, false, false),
      (2, '... by a truck', true, false, false, false),
      (3, '... at night', true, true, false, false),
      (4, '... in rain', true, true, true, false),
      (5, '... followed within 5 s by hard braking', true, true, true, true)
  ) as asked (step, condition, by_truck, at_night, in_rain, answered)
)

select
  asked.step,
  asked.condition,
  count(judged.event_id) as num_events,
  min(judged.event_id) as example_event_id
from asked
left join judged
  on
    (is_by_truck or not by_truck) and (is_at_night or not at_night) and (is_in_rain or not in_rain)
    and (is_answered or not answered)
group by asked.step, asked.condition
order by asked.step
