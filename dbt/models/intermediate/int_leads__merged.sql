{{ config(materialized="view") }}

with leads as (
  select
    related.project_id,
    related.drive_id,
    related.track_id,
    related.t_ns,
    thresholds.events_merge_gap_s as merge_gap_s
  from {{ ref('int_objects__related') }} as related
  inner join {{ ref('int_thresholds__pivoted') }} as thresholds on related.project_id = thresholds.project_id
  where related.is_event_role and related.is_lead
),

numbered as (
  {{ islands('leads', 'drive_id, track_id') }}
)

select
  project_id,
  drive_id,
  track_id,
  min(t_ns) as t_start_ns,
  max(t_ns) as t_end_ns
from numbered
group by project_id, drive_id, track_id, island_index
