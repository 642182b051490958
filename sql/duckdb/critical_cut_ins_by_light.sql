-- How often does a critical cut-in happen, by the light of the drive?
-- Run: longtail sql -f sql/duckdb/critical_cut_ins_by_light.sql
--
-- Critical: TTC below 2 s at the start, or unavoidable by UN R157 (marts.dim_scenario_definitions has the definition).
-- Lights without a cut-in stay in the answer: a rate of zero over many kilometres is a finding, over few it is not.
with cut_ins as (
  select
    drive_id,
    count(*) as num_cut_ins,
    count(*) filter (where severity in ('critical', 'regulatory_unavoidable')) as num_critical
  from marts.fct_cut_ins
  group by drive_id
)

select
  drives.light,
  count(*) as num_drives,
  sum(drives.distance_m) / 1000 as distance_km,
  sum(coalesce(cut_ins.num_cut_ins, 0)) as num_cut_ins,
  sum(coalesce(cut_ins.num_critical, 0)) as num_critical,
  100 * num_cut_ins / distance_km as cut_ins_per_100_km,
  100 * num_critical / distance_km as critical_per_100_km
from marts.dim_drives as drives
left join cut_ins using (drive_id)
group by drives.light
order by critical_per_100_km desc nulls last, drives.light
