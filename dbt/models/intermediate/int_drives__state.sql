{{ config(materialized="table") }}

select
  drive_id,
  max(silver_at_ns) as silver_at_ns,
  count(*) as num_files
from {{ ref('stg_ingest_ledger') }}
where state = 'silver'
group by drive_id
