create table if not exists silver.keyframes (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  t_ns bigint not null comment 'instant of the keyframe: a sample of the reference stream, at most two a second, reference clock, ns UTC',
  stream string not null comment 'camera_frames, point_clouds, objects or ego_poses',
  topic string not null comment 'the stream the sample is of',
  sample_time_ns bigint not null comment 'when the sample was true, reference clock, ns UTC',
  offset_ns bigint not null comment 'sample_time_ns minus t_ns, at most 60 ms either way',
  file_id string not null comment 'sha256 (hex) of the source file of the sample',
  record_index bigint not null comment 'its record, as in the bronze table of the stream',
  is_reference boolean not null comment 'true for the stream that gives the instants: the slowest camera or lidar',
  is_complete boolean not null comment 'true when every stream of the drive has a sample at this instant'
)
using delta
comment 'The samples of all sensors that belong to one instant'
tblproperties (
  'longtail.grain' = 'one row per drive, instant and topic',
  'longtail.ordering' = 'drive_id, t_ns, topic',
  'longtail.writer' = 'spark'
);
