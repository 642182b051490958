{{ config(materialized="view") }}

with matches as (
  select
    drive_id,
    onboard_track_id,
    reference_track_id,
    count(*) as num_instants
  from {{ ref('fct_detection_matches') }}
  where outcome = 'tp'
  group by drive_id, onboard_track_id, reference_track_id
),

ranked as (
  select
    matches.*,
    row_number() over (
      partition by drive_id, onboard_track_id order by num_instants desc, reference_track_id
    ) as match_rank
  from matches
)

select
  drive_id,
  onboard_track_id,
  reference_track_id
from ranked
where match_rank = 1
