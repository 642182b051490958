-- Silver accounts for every row of bronze that it reads: in silver, or set aside for a reason.
-- Drives with a file that silver has not seen yet are left out.
{% set inputs = [
  'camera_frames', 'can_frames', 'ego_poses', 'gnss_fixes', 'imu_samples', 'lane_boundaries', 'map_elements', 'objects'
] %}
with counted as (
  select
    drive_id,
    input_table,
    sum(num_rows) as num_rows
  from {{ source('silver', 'input_counts') }}
  group by drive_id, input_table
),

finished as (
  select distinct drive_id
  from counted
  where drive_id not in (select drive_id from {{ source('ops', 'ingest_ledger') }} where state = 'bronze')
),

landed as (
  {% for name in inputs %}
    select
      drive_id,
      'bronze.{{ name }}' as input_table,
      count(*) as num_rows
    from {{ source('bronze', name) }}
    group by drive_id
    {% if not loop.last %}union all{% endif %}
  {% endfor %}
)

select
  finished.drive_id,
  coalesce(landed.input_table, counted.input_table) as input_table,
  landed.num_rows as expected,
  counted.num_rows as found
from landed
full outer join counted on landed.drive_id = counted.drive_id and landed.input_table = counted.input_table
inner join finished on coalesce(landed.drive_id, counted.drive_id) = finished.drive_id
where coalesce(landed.num_rows, 0) <> coalesce(counted.num_rows, 0)
