-- How often does a critical cut-in happen, by the light of the drive?
-- Run: longtail sql -f sql/duckdb/critical_cut_ins_by_light.sql
--
-- Critical: TTC below 2 s at the start, or unavoidable by UN R157 (marts.dim_scenario_definitions has the definition).
-- Lights without a cut-in stay in the answer: a rate of zero over many kilometres is a finding, over few it is not.
with counted as (
  select
    drives.drive_id,
    any_value(drives.light) as light,
    any_value(drives.distance_m) as driven_m,
    count(cut_ins.event_id) as found,
    count(*) filter (where cut_ins.severity in ('critical', 'regulatory_unavoidable')) as found_critical
  from marts.dim_drives as drives
  left join marts.fct_cut_ins as cut_ins using (drive_id)
  group by drives.drive_id
)

select
  light,
  count(*) as num_drives,
  sum(driven_m) / 1000 as distance_km,
  sum(found) as num_cut_ins,
  sum(found_critical) as num_critical,
  100 * num_cut_ins / distance_km as cut_ins_per_100_km,
  100 * num_critical / distance_km as critical_per_100_km
from counted
group by light
order by critical_per_100_km desc nulls last, light
