create table if not exists bronze.map_elements (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  file_id string not null comment 'sha256 (hex) of the source file',
  record_index bigint comment 'ordinal of the record in its source file, 0-based; null: the file is a map and has no records',
  topic string not null comment 'topic or channel name as recorded; map for a map file',
  element_id string not null comment 'id of the element in the map',
  kind string not null comment 'lane, road (area made for driving), intersection or crosswalk',
  vertex_index bigint not null comment 'position on the outline, 0-based; the last vertex is joined to the first',
  x_map_m double not null comment 'vertex in the local frame of the ego poses',
  y_map_m double not null comment 'vertex in the local frame of the ego poses',
  speed_limit_mps double comment 'highest speed allowed there; null: not given',
  turn string comment 'where a lane leads: left, right or straight; null: not given'
)
using delta
comment 'A vertex of the outline of an area of the map that came with a drive'
tblproperties (
  'longtail.grain' = 'one row per record, element and vertex',
  'longtail.ordering' = 'drive_id, element_id',
  'longtail.writer' = 'delta-rs'
);
