{{ config(materialized="view", pre_hook=[]) }}

with thresholds as (
  select
    max(perception_min_num_objects) as min_num_objects,
    max(perception_z_95) as z
  from {{ ref('int_thresholds__pivoted') }}
),

-- By drive first: the table of matches is the largest of all marts.
by_drive as (
  select
    drive_id,
    sum(case when outcome = 'tp' then 1 else 0 end) as num_tp,
    sum(case when outcome = 'fp' then 1 else 0 end) as num_fp,
    sum(case when outcome = 'fn' then 1 else 0 end) as num_fn,
    sum(case when outcome = 'fn' and is_safety_relevant then 1 else 0 end) as num_relevant_fn,
    sum(case when outcome = 'tp' and is_safety_relevant then 1 else 0 end) as num_relevant_tp
  from {{ ref('fct_detection_matches') }}
  group by drive_id
),

summed as (
  select
    scoped.scope_id,
    cast(sum(num_tp) as bigint) as num_tp,
    cast(sum(num_fp) as bigint) as num_fp,
    cast(sum(num_fn) as bigint) as num_fn,
    cast(sum(num_relevant_fn) as bigint) as num_relevant_fn,
    cast(sum(num_relevant_tp) as bigint) as num_relevant_tp
  from by_drive
  inner join {{ ref('int_drives__scoped') }} as scoped on by_drive.drive_id = scoped.drive_id
  group by scoped.scope_id
),

listed as (
  select scope_id, 'perception_false_negative_share' as kpi, num_fn as numerator, num_tp + num_fn as denominator
  from summed
  union all
  select scope_id, 'perception_false_positive_share' as kpi, num_fp as numerator, num_tp + num_fp as denominator
  from summed
  union all
  select
    scope_id, 'perception_relevant_false_negative_share' as kpi, num_relevant_fn as numerator,
    num_relevant_fn + num_relevant_tp as denominator
  from summed
),

shared as (
  select
    listed.*,
    thresholds.z,
    numerator * 1e0 / denominator as share
  from listed
  cross join thresholds
  where denominator >= thresholds.min_num_objects
)

select
  scope_id,
  kpi,
  share as value,
  numerator * 1e0 as numerator,
  denominator * 1e0 as denominator,
  denominator as num_samples,
  {{ wilson('share', 'denominator', 'z', '-') }} as ci_low,
  {{ wilson('share', 'denominator', 'z', '+') }} as ci_high
from shared
