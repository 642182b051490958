{%- set lags = [0, 5, 10, 15, 20] -%}
{%- set features = [
  'gap_m', 'edge_to_mark_m', 'approach_mps', 'closing_speed_mps', 'acceleration_mps2', 'ego_speed_mps',
  'ego_acceleration_mps2'] -%}

with candidates as (
  select * from {{ per_drive(ref('int_neighbours__lagged')) }}
),

thresholds as (
  select * from {{ ref('int_thresholds__pivoted') }}
),

-- Whom the neighbour follows in its own lane: the motive for changing it.
own_leads as (
  select
    candidates.drive_id,
    candidates.track_id,
    candidates.t_ns,
    other.s_rel_m - other.extent_s_m - candidates.s_rel_m - candidates.extent_s_m as own_lead_gap_m,
    candidates.v_s_mps - other.v_s_mps as own_lead_closing_speed_mps,
    row_number() over (
      partition by candidates.drive_id, candidates.track_id, candidates.t_ns
      order by other.s_rel_m - other.extent_s_m, other.track_id
    ) as nearness
  from candidates
  inner join thresholds on candidates.project_id = thresholds.project_id
  inner join {{ per_drive(ref('int_objects__related')) }} as other
    on
      candidates.drive_id = other.drive_id
      and candidates.t_ns = other.t_ns
      and other.role = 'onboard'
      and other.is_road_user
      and candidates.track_id <> other.track_id
      and other.s_rel_m > candidates.s_rel_m
      and abs(other.d_m - candidates.d_m) < thresholds.lane_half_width_m
),

-- Events speak of the reference track where the drive has a reference list, of the onboard track where it has none.
futures as (
  select
    candidates.drive_id,
    candidates.track_id,
    candidates.t_ns,
    cut_ins.event_id,
    cut_ins.t_start_ns,
    row_number() over (
      partition by candidates.drive_id, candidates.track_id, candidates.t_ns order by cut_ins.t_start_ns
    ) as order_in_time
  from candidates
  inner join {{ ref('fct_cut_ins') }} as cut_ins
    on
      candidates.drive_id = cut_ins.drive_id
      and case when candidates.has_reference then candidates.reference_track_id else candidates.track_id end
      = cut_ins.actor_track_id
      and cut_ins.t_start_ns > candidates.t_ns
      and cut_ins.t_start_ns <= candidates.horizon_end_ns
),

labelled as (
  select
    candidates.*,
    futures.event_id,
    futures.t_start_ns as cut_in_start_ns,
    own_leads.own_lead_gap_m,
    own_leads.own_lead_closing_speed_mps
  from candidates
  left join futures
    on
      candidates.drive_id = futures.drive_id
      and candidates.track_id = futures.track_id
      and candidates.t_ns = futures.t_ns
      and futures.order_in_time = 1
  left join own_leads
    on
      candidates.drive_id = own_leads.drive_id
      and candidates.track_id = own_leads.track_id
      and candidates.t_ns = own_leads.t_ns
      and own_leads.nearness = 1
  -- what happens after the recording ends is unknown, not negative
  where candidates.horizon_end_ns <= candidates.drive_end_ns or futures.t_start_ns is not null
)

select
  md5(drive_id || '|' || track_id || '|' || cast(t_ns as varchar(64))) as sample_id,
  project_id,
  drive_id,
  split,
  t_ns,
  track_id,
  reference_track_id,
  object_class,
  vehicle_kind,
  light,
  weather,
  road_kind,
  gap_m,
  length_m,
  width_m,
  is_left,
  own_lead_gap_m,
  own_lead_closing_speed_mps,
  {%- for tenths in lags %}
  {%- for feature in features %}
  lag{{ tenths }}_{{ feature }},
  {%- endfor %}
  {%- endfor %}
  cut_in_start_ns is not null as is_cut_in_within_3s,
  event_id,
  (cut_in_start_ns - t_ns) * 1e-9 as time_to_lane_crossing_s
from labelled
