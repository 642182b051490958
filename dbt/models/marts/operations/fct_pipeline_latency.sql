{{ config(materialized="table") }}

{#- curate passes its own start; by hand, without it, the column is null. -#}
{%- set curated_at_ns = env_var('LONGTAIL_CURATED_AT_NS', '') -%}

with files as (
  select * from {{ ref('stg_ingest_ledger') }}
  where state <> 'quarantined'
),

drives as (
  select
    project_id,
    drive_id,
    count(*) as num_files,
    max(max_log_time_ns) as recording_ended_at_ns,
    max(received_at_ns) as received_at_ns,
    max(bronze_at_ns) as bronze_at_ns,
    max(silver_at_ns) as silver_at_ns,
    cast({{ curated_at_ns or 'null' }} as bigint) as curated_at_ns
  from files
  group by project_id, drive_id
)

select
  drive_id,
  project_id,
  num_files,
  recording_ended_at_ns,
  received_at_ns,
  bronze_at_ns,
  silver_at_ns,
  curated_at_ns,
  (received_at_ns - recording_ended_at_ns) * 1e-9 as recording_to_received_s,
  (bronze_at_ns - received_at_ns) * 1e-9 as received_to_bronze_s,
  (silver_at_ns - bronze_at_ns) * 1e-9 as bronze_to_silver_s,
  (curated_at_ns - silver_at_ns) * 1e-9 as silver_to_curated_s,
  (curated_at_ns - received_at_ns) * 1e-9 as received_to_curated_s
from drives
