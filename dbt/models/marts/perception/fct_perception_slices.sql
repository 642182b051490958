{{ config(materialized="table") }}

with matches as (
  select * from {{ ref('fct_detection_matches') }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

counted as (
  select
    project_id,
    object_class,
    distance_bin,
    light,
    count(case when outcome = 'tp' then 1 end) as num_true_positives,
    count(case when outcome = 'fp' then 1 end) as num_false_positives,
    count(case when outcome = 'fn' then 1 end) as num_false_negatives,
    count(case when outcome = 'fn' and is_safety_relevant then 1 end) as num_relevant_false_negatives,
    count(distinct drive_id) as num_drives,
    count(distinct case when reference_track_id is not null then drive_id || '|' || reference_track_id end)
      as num_reference_tracks
  from matches
  group by project_id, object_class, distance_bin, light
),

sized as (
  select
    counted.*,
    num_true_positives + num_false_negatives as num_references,
    num_true_positives + num_false_positives as num_detections,
    num_true_positives + num_false_negatives < thresholds.perception_min_num_objects as is_recall_suppressed,
    num_true_positives + num_false_positives < thresholds.perception_min_num_objects as is_precision_suppressed,
    thresholds.perception_z_95 as z
  from counted
  inner join thresholds on counted.project_id = thresholds.project_id
),

shared as (
  select
    sized.*,
    case when not is_recall_suppressed then num_true_positives * 1e0 / num_references end as recall,
    case when not is_precision_suppressed then num_true_positives * 1e0 / num_detections end as precision_share
  from sized
)

select
  md5(project_id || '|' || object_class || '|' || distance_bin || '|' || light) as slice_id,
  project_id,
  object_class,
  distance_bin,
  light,
  num_drives,
  num_reference_tracks,
  num_true_positives,
  num_false_positives,
  num_false_negatives,
  num_relevant_false_negatives,
  recall,
  {{ wilson('recall', 'num_references', 'z', '-') }} as recall_ci_low,
  {{ wilson('recall', 'num_references', 'z', '+') }} as recall_ci_high,
  precision_share as precision,
  {{ wilson('precision_share', 'num_detections', 'z', '-') }} as precision_ci_low,
  {{ wilson('precision_share', 'num_detections', 'z', '+') }} as precision_ci_high,
  is_recall_suppressed,
  is_precision_suppressed
from shared
