"""Ego motion: the best source wins, closed-form motion comes back, gaps stay gaps."""

import numpy as np
import polars as pl
import pytest
from scenes import DRIVE, START_NS, bronze, circle, odometry, signal, times_ns

from spark_jobs.silver import ego_motion
from spark_jobs.silver.drive import empty
from spark_jobs.silver.lanes import map_lanes_of
from spark_jobs.silver.map_facts import map_facts_of, told


def built(**inputs: pl.DataFrame) -> pl.DataFrame:
    """silver.ego_motion of a drive with these inputs; times are already on the reference clock."""
    tables = {"poses": "ego_poses", "imu": "imu_samples", "gnss": "gnss_fixes", "lanes": "lane_boundaries"}
    frames = {}
    for name, table in tables.items():
        rows = inputs.get(name, empty(f"bronze.{table}"))
        frames[name] = rows.with_columns(
            t_ns=pl.coalesce("sensor_time_ns", "log_time_ns"), clock_model_id=pl.lit(table)
        )
    maps = map_lanes_of(inputs.get("map_lanes", empty("bronze.map_lanes")))
    facts = map_facts_of(maps, told(inputs.get("map_elements", empty("bronze.map_elements"))))
    bus = inputs.get("can_signals", empty("silver.can_signals"))
    return pl.DataFrame(ego_motion.build(**frames, map_lanes=maps, facts=facts, can_signals=bus, drive=DRIVE))


def test_a_steady_circle_is_recovered_from_odometry():
    t = times_ns(20, 50)
    rows = built(poses=odometry(t, circle(t, 20.0, 200.0), (20.0, 0.1)))
    assert rows.height == 201
    assert set(rows["motion_source"]) == {"odometry"}
    np.testing.assert_allclose(rows["s_m"].to_numpy(), 2.0 * np.arange(201), atol=1e-6)
    np.testing.assert_allclose(rows["ax_ego_mps2"].to_numpy()[5:], 0.0, atol=1e-9)
    np.testing.assert_allclose(rows["ay_ego_mps2"].to_numpy(), 20.0 * 0.1, rtol=1e-9)


@pytest.mark.parametrize("rate_hz", [10.0, 170.0])
def test_speed_and_yaw_rate_come_from_positions_where_only_poses_exist(rate_hz: float):
    t = times_ns(20, rate_hz)
    rows = built(poses=odometry(t, circle(t, 20.0, 200.0)))[5:]
    assert set(rows["motion_source"]) == {"pose"}
    np.testing.assert_allclose(rows["vx_ego_mps"].to_numpy(), 20.0, atol=0.05)
    np.testing.assert_allclose(rows["vy_ego_mps"].to_numpy(), 0.0, atol=0.05)
    np.testing.assert_allclose(rows["yaw_rate_radps"].to_numpy(), 0.1, atol=1e-3)


def test_speed_from_poses_does_not_lag_in_a_steady_brake():
    t = times_ns(4, 100)
    t_s = (t - START_NS) * 1e-9
    rows = built(poses=odometry(t, (30.0 * t_s - 3.0 * t_s**2, 0.0 * t_s, 0.0 * t_s)))[6:]
    expected = 30.0 - 6.0 * (rows["t_ns"].to_numpy() - START_NS) * 1e-9
    np.testing.assert_allclose(rows["vx_ego_mps"].to_numpy(), expected, atol=0.02)
    np.testing.assert_allclose(rows["ax_ego_mps2"].to_numpy()[5:], -6.0, atol=0.05)


def test_there_is_no_row_inside_a_gap_and_the_distance_goes_on_behind_it():
    t = times_ns(10, 50)
    t = t[(t < START_NS + 4_000_000_000) | (t > START_NS + 6_000_000_000)]
    rows = built(poses=odometry(t, circle(t, 20.0, 1e6), (20.0, 0.0)))
    inside = rows.filter(pl.col("t_ns").is_between(START_NS + 4_000_000_000, START_NS + 6_000_000_000))
    assert inside.is_empty()
    assert rows["s_m"][-1] == pytest.approx(200.0, abs=0.1)


def test_acceleration_prefers_the_imu_and_jerk_follows_it():
    t, fast = times_ns(10, 50), times_ns(10, 100)
    rows = {"topic": "/imu", "log_time_ns": fast, "sensor_time_ns": fast, "ay_mps2": 0.0, "yaw_rate_radps": 0.0}
    imu = bronze("bronze.imu_samples", rows | {"ax_mps2": -2.0 * (fast - START_NS) * 1e-9 / 10})
    got = built(poses=odometry(t, circle(t, 20.0, 1e6), (20.0, 0.0)), imu=imu)[20:]
    assert set(got["acceleration_source"]) == {"imu"}
    np.testing.assert_allclose(got["jerk_x_ego_mps3"].to_numpy(), -0.2, atol=0.01)
    delay = np.diff(got["t_ns"].to_numpy())
    assert (delay == 100_000_000).all()


def test_an_imu_that_feels_gravity_sideways_is_not_believed():
    t = times_ns(5, 50)
    imu = bronze("bronze.imu_samples", {"topic": "/imu", "log_time_ns": t, "ax_mps2": 9.8, "ay_mps2": 0.0})
    rows = built(poses=odometry(t, circle(t, 20.0, 1e6), (20.0, 0.0)), imu=imu)
    assert set(rows["acceleration_source"].drop_nulls()) == {"speed"}


def test_wheel_speeds_serve_where_there_is_no_pose_and_only_in_metres_per_second():
    t = times_ns(5, 50)
    wheels = [signal(f"WHEEL_SPEED_{w}", t, 10.0 + i, "m/s") for i, w in enumerate(("FL", "FR", "RL", "RR"))]
    rows = built(can_signals=pl.concat([*wheels, signal("Speed", t, 99.0, "m/s")]))
    assert set(rows["motion_source"]) == {"can"}
    np.testing.assert_allclose(rows["vx_ego_mps"].to_numpy(), 11.5)
    assert rows["x_map_m"].null_count() == rows.height
    assert built(can_signals=signal("Speed", t, 99.0, "furlong/h")).is_empty()


def test_gnss_alone_gives_speed_and_place():
    t = times_ns(20, 1)
    metres = 15.0 * (t - START_NS) * 1e-9
    rows = {"topic": "/fix", "log_time_ns": t, "fix_status": 0, "longitude_deg": 11.0}
    got = built(gnss=bronze("bronze.gnss_fixes", rows | {"latitude_deg": 48.0 + np.degrees(metres / 6_371_008.8)}))
    assert set(got["motion_source"]) == {"gnss"}
    np.testing.assert_allclose(got["vx_ego_mps"].drop_nulls().to_numpy(), 15.0, atol=0.01)
    assert got["latitude_deg"].null_count() == 0
    assert got["is_interpolated"].sum() > got.height / 2


def test_lane_marks_come_from_the_camera_else_from_the_map_else_not_at_all():
    t = times_ns(10, 50)
    poses = odometry(t, circle(t, 20.0, 1e7), (20.0, 0.0))
    early = t[t <= START_NS + 3_000_000_000]
    sides = [
        bronze(
            "bronze.lane_boundaries",
            {"topic": "/l", "log_time_ns": early, "side": side, "c0_m": c0, "x_min_m": 0.0, "x_max_m": 60.0},
        )
        for side, c0 in (("ego_left", 1.6), ("ego_right", -1.9))
    ]
    road = [
        bronze(
            "bronze.map_lanes",
            {"lane_segment_id": 7, "side": side, "vertex_index": [0, 1], "x_map_m": [-5.0, 130.0], "y_map_m": [y, y]},
        )
        for side, y in (("left", 1.7), ("right", -1.8))
    ]
    rows = built(poses=poses, lanes=pl.concat(sides), map_lanes=pl.concat(road))
    by_source = {key[0]: part for key, part in rows.group_by("lane_source")}
    assert set(by_source) == {"lane_marks", "map", "none"}
    for source, left, right in (("lane_marks", 1.6, -1.9), ("map", 1.7, -1.8)):
        np.testing.assert_allclose(by_source[source]["lane_left_y_m"].to_numpy(), left, atol=2e-3)
        np.testing.assert_allclose(by_source[source]["lane_right_y_m"].to_numpy(), right, atol=2e-3)
    assert by_source["none"]["lane_left_y_m"].null_count() == by_source["none"].height
    assert by_source["lane_marks"]["t_ns"].max() == START_NS + 3_300_000_000


@pytest.mark.parametrize("source", ["lane_marks", "map"])
def test_the_lane_leads_where_the_camera_or_the_map_says(source: str):
    """The ego drives along x; its lane leads 0.3 rad to the left."""
    t = times_ns(4, 50)
    poses, turn = odometry(t, circle(t, 10.0, 1e7), (10.0, 0.0)), 0.3
    along = np.array([-20.0, 60.0])
    given: dict[str, pl.DataFrame] = {}
    for side, offset in (("left", 20.0), ("right", -20.0)):
        across = offset / np.cos(turn)
        seen = {"topic": "/l", "log_time_ns": t, "side": f"ego_{side}", "x_min_m": 0.0, "x_max_m": 60.0}
        drawn = {"lane_segment_id": 7, "side": side, "vertex_index": [0, 1], "x_map_m": along}
        part = (
            bronze("bronze.lane_boundaries", seen | {"c0_m": across, "c1": np.tan(turn)})
            if source == "lane_marks"
            else bronze("bronze.map_lanes", drawn | {"y_map_m": across + np.tan(turn) * along})
        )
        name = "lanes" if source == "lane_marks" else "map_lanes"
        given[name] = pl.concat([given[name], part]) if name in given else part
    rows = built(poses=poses, **given)
    assert set(rows["lane_source"]) == {source}
    np.testing.assert_allclose(rows["lane_yaw_ego_rad"].to_numpy(), turn, atol=1e-4)
    np.testing.assert_allclose(rows["v_s_mps"].to_numpy(), 10.0 * np.cos(turn), atol=1e-3)


def test_a_lane_that_is_crossed_steeply_for_a_moment_still_leads_where_it_led():
    """The camera says 1.2 rad for half a second, then for four: more than 10 m away nothing is known of the lane."""
    t = times_ns(10, 50)
    since = (t - START_NS) * 1e-9
    steep = ((since > 2.0) & (since < 2.5)) | ((since > 4.0) & (since < 8.0))
    seen = {"topic": "/l", "log_time_ns": t, "x_min_m": 0.0, "x_max_m": 60.0, "c1": np.tan(np.where(steep, 1.2, 0.3))}
    sides = (("ego_left", 1.75), ("ego_right", -1.75))
    lanes = pl.concat([bronze("bronze.lane_boundaries", seen | {"side": side, "c0_m": c0}) for side, c0 in sides])
    rows = built(poses=odometry(t, circle(t, 10.0, 1e7), (10.0, 0.0)), lanes=lanes)
    at = (rows["t_ns"].to_numpy() - START_NS) * 1e-9
    assert rows.filter(pl.Series((at > 2.1) & (at < 2.4)))["lane_yaw_ego_rad"].is_null().all()
    is_far = (at > 5.05) & (at < 6.95)
    np.testing.assert_allclose(rows["v_s_mps"].to_numpy(), np.where(is_far, 10.0, 10.0 * np.cos(0.3)), atol=1e-3)


def test_a_drive_without_motion_has_no_rows():
    assert built().is_empty()


def test_wheel_speed_stands_in_while_odometry_is_silent_and_only_then():
    t = times_ns(20, 50)
    silent = (t > START_NS + 8_000_000_000) & (t < START_NS + 13_000_000_000)
    bus = signal("WHEEL_SPEED_FL", t, 19.0, "m/s")
    rows = built(poses=odometry(t[~silent], circle(t[~silent], 20.0, 1e6), (20.0, 0.0)), can_signals=bus)
    assert rows.height == 201
    stands_in = rows.filter(pl.col("motion_source") == "can")
    assert stands_in["t_ns"].min() == START_NS + 8_100_000_000
    assert stands_in["t_ns"].max() == START_NS + 12_900_000_000
    assert stands_in.height == 49
    assert stands_in["x_map_m"].null_count() == 49
    assert set(stands_in["motion_topic"]) == {"M"}
    np.testing.assert_allclose(stands_in["vx_ego_mps"].to_numpy(), 19.0)
    assert rows["s_m"][-1] == pytest.approx(400.0 - 5.0, abs=0.5)
    # 1 m/s between the sources in 0.1 s is no acceleration of the car
    assert np.abs(rows["ax_ego_mps2"].drop_nulls().to_numpy()).max() < 1e-6


def test_gnss_stands_in_where_neither_odometry_nor_wheels_say_anything():
    t, fixes = times_ns(20, 50), times_ns(20, 1)
    early, middle = t[t <= START_NS + 5_000_000_000], t[(t > START_NS + 5e9) & (t <= START_NS + 10_000_000_000)]
    place = {"topic": "/fix", "log_time_ns": fixes, "fix_status": 0, "longitude_deg": 11.0}
    north = 15.0 * (fixes - START_NS) * 1e-9
    gnss = bronze("bronze.gnss_fixes", place | {"latitude_deg": 48.0 + np.degrees(north / 6_371_008.8)})
    poses = odometry(early, circle(early, 15.0, 1e6), (15.0, 0.0))
    rows = built(poses=poses, gnss=gnss, can_signals=signal("SPEED", middle, 15.0, "m/s"))
    assert rows["motion_source"].unique(maintain_order=True).to_list() == ["odometry", "can", "gnss"]
    assert (np.diff(rows["t_ns"].to_numpy()) == 100_000_000).all()
    assert rows["clock_model_id"].null_count() == 0
    np.testing.assert_allclose(rows["vx_ego_mps"].drop_nulls().to_numpy(), 15.0, atol=0.02)


def test_a_hole_of_two_instants_at_the_end_of_odometry_changes_no_source():
    t = times_ns(10, 50)
    poses = odometry(t, circle(t, 20.0, 1e6), (20.0, 0.0))
    rows = built(poses=poses, can_signals=signal("SPEED", times_ns(10.2, 50), 19.0, "m/s"))
    assert set(rows["motion_source"]) == {"odometry"}


@pytest.mark.parametrize("noise_m", [0.0, 0.02])
def test_acceleration_from_positions_follows_the_truth_and_not_their_noise(noise_m: float):
    t = times_ns(30, 20)
    t_s = (t - START_NS) * 1e-9
    x = 20.0 * t_s - 4.0 / 0.25 * np.sin(0.5 * t_s)  # a = 4 sin(0.5 t)
    x = x + np.random.default_rng(4).normal(0, noise_m, len(x))
    rows = built(poses=odometry(t, (x, 0.0 * x, 0.0 * x)))[12:]
    truth = 4.0 * np.sin(0.5 * (rows["t_ns"].to_numpy() - START_NS) * 1e-9)
    error = rows["ax_ego_mps2"].to_numpy() - truth
    naive = np.abs(np.diff(x, 2) * 400 - 4.0 * np.sin(0.5 * t_s[1:-1]))
    assert np.sqrt(np.mean(error**2)) < (0.7 if noise_m else 0.55)
    assert not noise_m or np.sqrt(np.mean(error**2)) < np.sqrt(np.mean(naive**2)) / 10


def test_acceleration_never_looks_ahead():
    t = times_ns(10, 50)
    t_s = (t - START_NS) * 1e-9
    braking = np.where(t_s > 5.0, 0.5 * 8.0 * (t_s - 5.0) ** 2, 0.0)
    rows = built(poses=odometry(t, (20.0 * t_s - braking, 0.0 * t_s, 0.0 * t_s)))
    before = rows.filter(pl.col("t_ns") <= START_NS + 5_000_000_000)
    assert np.abs(before["ax_ego_mps2"].drop_nulls().to_numpy()).max() < 1e-6
