-- How long does a drive take from the end of its recording to the marts, step by step?
-- Run: python -m infra.spark_sql sql/spark/pipeline_latency.sql
-- On a cluster whose catalogue holds the lake: spark-sql -f sql/spark/pipeline_latency.sql
--
-- Half of the drives are faster than p50_s, one in twenty is slower than p95_s. Waiting for an upload or for the
-- scheduler counts: it is the age of what an analyst sees.
with steps as (
  select
    stack(
      5,
      '1 recording to received', recording_to_received_s,
      '2 received to bronze', received_to_bronze_s,
      '3 bronze to silver', bronze_to_silver_s,
      '4 silver to curated', silver_to_curated_s,
      '5 received to curated', received_to_curated_s
    ) as (step, duration_s)
  from marts.fct_pipeline_latency
)

select
  step,
  count(duration_s) as num_drives,
  percentile(duration_s, 0.5) as p50_s,
  percentile(duration_s, 0.95) as p95_s,
  max(duration_s) as max_s
from steps
group by step
order by step
