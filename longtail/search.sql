-- The search itself: reads `wanted` (one row) and `corners`; the same text on DuckDB, Spark and Athena.
edges as (
  select
    latitude_deg as a_latitude_deg,
    longitude_deg as a_longitude_deg,
    coalesce(
      lead(latitude_deg) over (order by corner_index), first_value(latitude_deg) over (order by corner_index)
    ) as b_latitude_deg,
    coalesce(
      lead(longitude_deg) over (order by corner_index), first_value(longitude_deg) over (order by corner_index)
    ) as b_longitude_deg
  from corners
),

described as (
  select
    events.*,
    contexts.object_class,
    contexts.ego_speed_at_start_mps,
    contexts.duration_s,
    contexts.latitude_deg,
    contexts.longitude_deg
  from marts.fct_scenario_events as events
  inner join marts.dim_event_contexts as contexts on events.event_id = contexts.event_id
),

-- In the polygon: a ray to the east crosses its edges an odd number of times.
inside as (
  select described.event_id
  from described
  cross join edges
  where
    (edges.a_latitude_deg > described.latitude_deg) <> (edges.b_latitude_deg > described.latitude_deg)
    and described.longitude_deg
    < edges.a_longitude_deg
    + (edges.b_longitude_deg - edges.a_longitude_deg) * (described.latitude_deg - edges.a_latitude_deg)
    / (edges.b_latitude_deg - edges.a_latitude_deg)
  group by described.event_id
  having mod(count(*), 2) = 1
),

-- Parameters as rows: the space in which events are near each other or far.
points as (
  select
    described.event_id,
    axes.axis,
    case axes.axis
      when 'ttc' then described.min_ttc_s
      when 'thw' then described.min_thw_s
      when 'drac' then described.max_drac_mps2
      when 'gap' then described.gap_at_start_m
      when 'closing' then described.closing_speed_at_start_mps
      when 'braking' then described.peak_deceleration_mps2
      when 'speed' then described.ego_speed_at_start_mps
      else described.duration_s
    end as place
  from described
  cross join (
    values ('ttc'), ('thw'), ('drac'), ('gap'), ('closing'), ('braking'), ('speed'), ('duration')
  ) as axes (axis)
),

scales as (
  select axis, stddev_pop(place) as scale
  from points
  group by axis
),

model as (
  select points.axis, points.place, scales.scale
  from points
  inner join wanted on points.event_id = wanted.like_event_id
  inner join scales on points.axis = scales.axis
),

-- Mean square of the steps along the axes, each in standard deviations; known here and unknown there is one step.
distances as (
  select
    points.event_id,
    sqrt(avg(
      case
        when points.place is null and model.place is null then 0e0
        when points.place is null or model.place is null then 1e0
        when model.scale > 0 then power((points.place - model.place) / model.scale, 2)
        else 0e0
      end
    )) as distance
  from points
  inner join model on points.axis = model.axis
  group by points.event_id
),

origin as (
  select described.scenario_id, described.object_class
  from described
  inner join wanted on described.event_id = wanted.like_event_id
)

select
  described.event_id,
  described.scenario_id,
  described.severity,
  described.drive_id,
  described.actor_track_id,
  described.object_class,
  described.t_start_ns,
  described.min_ttc_s,
  described.gap_at_start_m,
  described.closing_speed_at_start_mps,
  described.light,
  described.weather,
  described.road_kind,
  described.latitude_deg,
  described.longitude_deg,
  -- another scenario or class of actor is one step away
  distances.distance
  + case when described.scenario_id = origin.scenario_id then 0e0 else 1e0 end
  + case when coalesce(described.object_class, '') = coalesce(origin.object_class, '') then 0e0 else 1e0 end
    as unlikeness
from described
cross join wanted
left join distances on described.event_id = distances.event_id
left join origin on wanted.like_event_id is not null
left join inside on described.event_id = inside.event_id
where
  described.scenario_id = coalesce(wanted.scenario_id, described.scenario_id)
  and described.severity = coalesce(wanted.severity, described.severity)
  and described.drive_id = coalesce(wanted.drive_id, described.drive_id)
  and described.light = coalesce(wanted.light, described.light)
  and described.weather = coalesce(wanted.weather, described.weather)
  and described.road_kind = coalesce(wanted.road_kind, described.road_kind)
  and (wanted.west_deg is null or described.longitude_deg between wanted.west_deg and wanted.east_deg)
  and (wanted.south_deg is null or described.latitude_deg between wanted.south_deg and wanted.north_deg)
  and (inside.event_id is not null or not exists (select 1 from corners))
  and described.event_id <> coalesce(wanted.like_event_id, '')
order by unlikeness nulls last, described.min_ttc_s nulls last, described.t_start_ns, described.event_id
limit 20
