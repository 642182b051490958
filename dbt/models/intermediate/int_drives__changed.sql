{{ config(materialized="table") }}
{#- int_drives__built is written after a run (see remember_built_drives), so it is no ref of this graph. -#}
{%- set built = adapter.get_relation(this.database, this.schema, 'int_drives__built') if execute -%}

with now as (
  select * from {{ ref('int_drives__state') }}
),

{% if built -%}
before as (
  select * from {{ built }}
)

-- A drive that is gone counts too: what was said of it has to go.
select coalesce(now.drive_id, before.drive_id) as drive_id
from now
full outer join before on now.drive_id = before.drive_id
where
  now.silver_at_ns is distinct from before.silver_at_ns
  or now.num_files is distinct from before.num_files
{%- else -%}
every as (
  select drive_id from now
)

select drive_id from every
{%- endif %}
