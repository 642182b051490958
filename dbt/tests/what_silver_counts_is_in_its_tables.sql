-- Frames and tracks that silver counts as used are there: in can_signals and in object_tracks.
with counted as (
  select
    drive_id,
    sum(case when input_table = 'bronze.can_frames' and outcome = 'decoded' then num_rows else 0 end) as num_frames,
    sum(case when outcome = 'in_track' then num_tracks else 0 end) as num_tracks
  from {{ source('silver', 'input_counts') }}
  group by drive_id
),

frames as (
  select
    drive_id,
    count(*) as num_frames
  from (select distinct drive_id, file_id, record_index from {{ source('silver', 'can_signals') }}) as each_frame
  group by drive_id
),

tracks as (
  select
    drive_id,
    count(*) as num_tracks
  from (select distinct drive_id, role, track_id from {{ source('silver', 'object_tracks') }}) as each_track
  group by drive_id
)

select
  counted.drive_id,
  counted.num_frames,
  frames.num_frames as found_num_frames,
  counted.num_tracks,
  tracks.num_tracks as found_num_tracks
from counted
left join frames on counted.drive_id = frames.drive_id
left join tracks on counted.drive_id = tracks.drive_id
where
  counted.num_frames <> coalesce(frames.num_frames, 0)
  or counted.num_tracks <> coalesce(tracks.num_tracks, 0)
