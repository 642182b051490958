-- Which were the ten closest calls, how near was the other one and how soon would it have been hit?
-- Run: longtail sql -f sql/duckdb/closest_calls.sql
-- Then look at one: longtail plot EVENT_ID -o event.png
--
-- One row per road user met: a cut-in that becomes a near miss counts once, as the graver of the two.
with calls as (
  select
    event_id, scenario_id, severity, drive_id, actor_track_id, object_class, t_peak_ns,
    min_gap_m, min_ttc_s, ego_speed_at_start_mps, light, road_kind
  from marts.fct_cut_ins
  union all by name
  select
    event_id, scenario_id, severity, drive_id, actor_track_id, object_class, t_peak_ns,
    min_gap_m, min_ttc_s, ego_speed_at_start_mps, light, road_kind
  from marts.fct_near_misses
)

select
  event_id,
  scenario_id,
  severity,
  object_class,
  round(min_gap_m, 2) as min_gap_m,
  round(min_ttc_s, 2) as min_ttc_s,
  round(ego_speed_at_start_mps, 1) as ego_speed_at_start_mps,
  light,
  road_kind,
  drive_id,
  make_timestamp(t_peak_ns // 1000) as t_peak_at
from calls
where min_ttc_s is not null
qualify row_number() over (partition by drive_id, actor_track_id order by calls.min_ttc_s, event_id) = 1
order by calls.min_ttc_s, event_id
limit 10
