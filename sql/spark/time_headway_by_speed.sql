-- How close does the fleet follow, by speed: for which share of the time is the headway below 1 s?
-- Run: python -m infra.spark_sql sql/spark/time_headway_by_speed.sql
-- On a cluster whose catalogue holds the lake: spark-sql -f sql/spark/time_headway_by_speed.sql
--
-- A question for a cluster: it reads every object at every instant of silver. The lead is the nearest vehicle ahead
-- that overlaps the ego lane's middle 2 m; headway is the free gap divided by the ego speed. Fines begin at 0.9 s in
-- Germany; 1 s is where "tailgating" begins here.
with ahead as (
  select
    objects.drive_id,
    objects.t_ns,
    min(objects.s_rel_m - objects.extent_s_m - drives.rear_axle_to_front_bumper_m) as gap_m
  from silver.object_tracks as objects
  inner join bronze.drives as drives on objects.drive_id = drives.drive_id
  where
    objects.role = 'onboard'
    and objects.object_class in ('car', 'truck', 'bus', 'motorcycle')
    and abs(objects.d_m) - objects.extent_d_m < 1
    and objects.s_rel_m - objects.extent_s_m > drives.rear_axle_to_front_bumper_m
  group by objects.drive_id, objects.t_ns
),

driving as (
  select
    ego.drive_id,
    cast(floor(ego.vx_ego_mps / 5) * 5 as int) as speed_from_mps,
    ahead.gap_m / ego.vx_ego_mps as thw_s
  from silver.ego_motion as ego
  left join ahead on ego.drive_id = ahead.drive_id and ego.t_ns = ahead.t_ns
  where ego.vx_ego_mps > 1
)

select
  speed_from_mps,
  count(*) * 0.1 as driven_s,
  count(thw_s) * 0.1 as with_lead_s,
  round(percentile(thw_s, 0.5), 2) as median_thw_s,
  round(100 * avg(case when thw_s < 1 then 1 when thw_s is not null then 0 end), 1) as below_1_s_pct
from driving
group by speed_from_mps
order by speed_from_mps
