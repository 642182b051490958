create table if not exists silver.ego_lateral_shifts (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  t_start_ns bigint not null comment 'where the shift begins, reference clock, ns UTC',
  t_cross_ns bigint not null comment 'its middle, on a grid of 0.5 s, reference clock, ns UTC',
  t_end_ns bigint not null comment 'where it ends, reference clock, ns UTC',
  lateral_shift_m double not null comment 'how far the track moved sideways against the road, positive to the left',
  score double not null comment 'log likelihood ratio of a shift of a lane width against none; it looks 6 s ahead of t_cross_ns',
  speed_mps double not null comment 'mean speed around the shift',
  course_acceleration_mps2 double not null comment 'mean lateral acceleration of the course over 10 s: how strongly the road curves, absolute',
  num_receivers bigint not null comment 'satellite receivers that saw it',
  has_road_offset boolean not null comment 'true where all of them tell the distance to a matched road, the second witness'
)
using delta
comment 'A sideways shift of the ego track against its road, by satellite fixes'
tblproperties (
  'longtail.grain' = 'one row per drive and shift',
  'longtail.ordering' = 'drive_id, t_cross_ns',
  'longtail.writer' = 'spark'
);
