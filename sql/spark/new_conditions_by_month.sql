-- Do we still meet new triggering conditions, per 1,000 km and month?
-- Run: python -m infra.spark_sql sql/spark/new_conditions_by_month.sql
-- On a cluster whose catalogue holds the lake: spark-sql -f sql/spark/new_conditions_by_month.sql
--
-- A triggering condition is a scenario in a cell of the domain (road, light, weather, speed). While new ones keep
-- coming per 1,000 km, the fleet has not seen its domain yet; a rate that falls towards zero is what collection aims
-- at.
select
  month,
  num_drives,
  round(distance_km, 1) as distance_km,
  num_new_triggers,
  num_triggers_so_far,
  round(rate_per_1000_km, 2) as new_per_1000_km
from marts.fct_trigger_discoveries
where scope = 'fleet'
order by month
