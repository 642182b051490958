with thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- The first and the last second of a stream are seldom whole.
seconds as (
  select
    quality.*,
    thresholds.data_quality_merge_gap_s as merge_gap_s,
    thresholds.data_quality_min_rate_hz as min_rate_hz,
    thresholds.data_quality_min_rate_share as min_rate_share,
    quality.num_messages / quality.usual_num_messages as rate_share,
    quality.t_start_ns > min(quality.t_start_ns) over (partition by quality.drive_id, quality.topic)
    and quality.t_start_ns < max(quality.t_start_ns) over (partition by quality.drive_id, quality.topic) as is_inside
  from {{ per_drive(ref('stg_stream_quality')) }} as quality
  inner join thresholds on quality.project_id = thresholds.project_id
),

flagged as (
  select
    project_id, drive_id, topic, t_start_ns as t_ns, num_messages, merge_gap_s,
    'dropped_seq' as kind, 1e0 * num_dropped as amount
  from seconds
  where num_dropped > 0
  union all
  select
    project_id, drive_id, topic, t_start_ns as t_ns, num_messages, merge_gap_s,
    'out_of_order' as kind, 1e0 * num_out_of_order as amount
  from seconds
  where num_out_of_order > 0
  union all
  select
    project_id, drive_id, topic, t_start_ns as t_ns, num_messages, merge_gap_s,
    'duplicates' as kind, 1e0 * num_duplicates as amount
  from seconds
  where num_duplicates > 0
  union all
  select
    project_id, drive_id, topic, t_start_ns as t_ns, num_messages, merge_gap_s,
    'frame_rate_low' as kind, rate_share as amount
  from seconds
  where is_inside and usual_num_messages >= min_rate_hz and rate_share < min_rate_share
),

numbered as (
  {{ islands('flagged', 'drive_id, topic, kind') }}
)

select
  project_id,
  drive_id,
  topic,
  kind,
  min(t_ns) as t_start_ns,
  max(t_ns) + {{ ns_per_s() }} as t_end_ns,
  {{ exact_sum('amount') }} as total_amount,
  min(amount) as least_amount,
  cast(sum(num_messages) as bigint) as num_messages,
  count(*) as num_seconds
from numbered
group by project_id, drive_id, topic, kind, island_index
