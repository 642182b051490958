{{ config(severity='warn') }}
-- A drive without any source of ego motion: bus, poses or positions. Its objects are there, but no scenario can be told.
select
  project_id,
  drive_id
from {{ ref('dim_drives') }}
where t_start_ns is null
