-- Which sensor clocks run off, and how late do their messages arrive?
-- Run: python -m infra.spark_sql sql/spark/clocks_that_run_off.sql
-- On a cluster whose catalogue holds the lake: spark-sql -f sql/spark/clocks_that_run_off.sql
--
-- One row per stream over all drives. Offset is reference time minus sensor time; at 30 m/s an offset of 10 ms that
-- nobody corrects moves every object by 30 cm. Corrected drives are those in which Longtail took the offset out.
select
  topic,
  count(*) as num_drives,
  count_if(is_corrected) as num_corrected_drives,
  max(abs(offset_ns)) / 1e6 as max_abs_offset_ms,
  max(abs(drift_ppm)) as max_abs_drift_ppm,
  percentile(delay_p50_ns, 0.5) / 1e6 as median_delay_ms,
  max(residual_p95_ns) / 1e6 as max_residual_p95_ms
from silver.clock_models
group by topic
order by max_abs_offset_ms desc, topic
