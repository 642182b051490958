create table if not exists bronze.map_lanes (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  lane_segment_id bigint not null comment 'id of the lane segment in the map',
  side string not null comment 'left or right boundary of the segment',
  vertex_index bigint not null comment 'position on the polyline, 0-based, in driving direction',
  x_map_m double not null comment 'vertex in the map frame',
  y_map_m double not null comment 'vertex in the map frame',
  z_map_m double not null comment 'vertex in the map frame',
  lane_type string comment 'vehicle, bike or bus as in the map; null: not given',
  mark_type string comment 'lane mark type as in the map; null: not given',
  is_intersection boolean comment 'true inside an intersection; null: not given',
  left_neighbor_id bigint comment 'segment to the left; null: none',
  right_neighbor_id bigint comment 'segment to the right; null: none'
)
using delta
comment 'A vertex of a lane boundary of the map that came with a drive'
tblproperties (
  'longtail.grain' = 'one row per lane segment, side and vertex',
  'longtail.ordering' = 'drive_id, lane_segment_id',
  'longtail.writer' = 'delta-rs'
);
