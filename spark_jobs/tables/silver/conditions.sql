create table if not exists silver.conditions (
  project_id string not null comment 'who pays and who may see',
  drive_id string not null comment 'the drive: one recording session of one vehicle',
  t_start_ns bigint not null comment 'start, included, reference clock, ns UTC',
  t_end_ns bigint not null comment 'end, excluded, reference clock, ns UTC',
  light string not null comment 'day, low_ambient, night or unknown (ISO 34503 bins; low_ambient includes twilight)',
  weather string not null comment 'clear, rain_light, rain_moderate, rain_heavy, or unknown',
  road_kind string not null comment 'highway, urban, rural or unknown',
  illuminance_lx double comment 'median ambient illuminance; null: no sensor',
  rain_rate_mmph double comment 'median rain rate; null: no sensor',
  sun_elevation_rad double comment 'sun above the horizon; null: no position',
  light_source string not null comment 'illuminance, sun or none',
  weather_source string not null comment 'rain_sensor, wiper or none',
  road_source string not null comment 'navigation, map or none'
)
using delta
comment 'Light, weather and road over an interval'
tblproperties (
  'longtail.grain' = 'one row per drive and interval',
  'longtail.ordering' = 'drive_id, t_start_ns',
  'longtail.writer' = 'spark'
);
