"""Object tracks: frames agree, the path frame bends with the road, velocities are causal, occlusion is geometry."""

import numpy as np
import polars as pl
import pytest
from scenes import DRIVE, START_NS, boxes, bronze, circle, odometry, seen_from, times_ns

from spark_jobs.silver.classes import canonical_class
from spark_jobs.silver.drive import build_drive
from spark_jobs.silver.occlusion import visible_share

SPEED, RADIUS, AHEAD_NS = 20.0, 200.0, 1_500_000_000
POSES, LISTS = times_ns(20, 50), times_ns(20, 10, START_NS + 37_000_000)


def tracks(objects: pl.DataFrame, *, with_pose: bool = True, **more: pl.DataFrame) -> pl.DataFrame:
    """silver.object_tracks around an ego that drives a circle of 200 m at 20 m/s."""
    poses = {"bronze.ego_poses": odometry(POSES, circle(POSES, SPEED, RADIUS), (SPEED, SPEED / RADIUS))}
    given = (poses if with_pose else {}) | {"bronze.objects": objects} | more
    return pl.DataFrame(build_drive(given, (), DRIVE)["silver.object_tracks"])


def neighbour(offset_m: float = 3.5, frame_id: str = "base_link", **more: object) -> pl.DataFrame:
    """A car 30 m ahead that keeps `offset_m` left of the ego's circle."""
    ahead = circle(LISTS + AHEAD_NS, SPEED, RADIUS, offset_m)
    pose = ahead if frame_id == "map" else seen_from(circle(LISTS, SPEED, RADIUS), ahead)
    return boxes(LISTS, pose, frame_id=frame_id, **more)


@pytest.mark.parametrize("offset_m", [3.5, 0.0, -3.5])
def test_a_car_in_the_next_lane_of_a_bend_keeps_its_lateral_distance(offset_m: float):
    rows = tracks(neighbour(offset_m)).filter(pl.col("t_ns") < START_NS + 18_000_000_000)
    assert rows.height > 170
    np.testing.assert_allclose(rows["d_m"].to_numpy(), offset_m, atol=0.02)
    np.testing.assert_allclose(rows["s_rel_m"].to_numpy(), 30.0, atol=0.05)
    np.testing.assert_allclose(rows["heading_path_rad"].to_numpy(), 0.0, atol=0.01)
    np.testing.assert_allclose(rows["v_s_mps"].drop_nulls().to_numpy(), 20.0, atol=0.1)
    np.testing.assert_allclose(rows["v_d_mps"].drop_nulls().to_numpy(), 0.0, atol=0.05)
    assert set(rows["lane_source"]) == {"none"}
    np.testing.assert_allclose(rows["lane_left_d_m"].to_numpy(), 1.75)


def test_lists_in_the_map_and_in_the_ego_frame_agree_within_a_centimetre():
    own, mapped = tracks(neighbour()), tracks(neighbour(frame_id="map"))
    assert own["t_ns"].to_list() == mapped["t_ns"].to_list()
    for name in ("x_ego_m", "y_ego_m", "x_map_m", "y_map_m", "s_rel_m", "d_m"):
        np.testing.assert_allclose(own[name].to_numpy(), mapped[name].to_numpy(), atol=0.01)
    np.testing.assert_allclose(own["yaw_ego_rad"].to_numpy(), mapped["yaw_ego_rad"].to_numpy(), atol=1e-3)


def test_pitch_and_height_do_not_bend_the_positions():
    pitch = 0.05
    tilt = {"q_w": np.cos(pitch / 2), "q_x": 0.0, "q_y": np.sin(pitch / 2), "q_z": 0.0}
    still = (np.zeros(len(POSES)), np.zeros(len(POSES)), np.zeros(len(POSES)))
    poses = odometry(POSES, still, (0.0, 0.0)).with_columns(**{k: pl.lit(v) for k, v in tilt.items()})
    seen = (np.full(len(LISTS), 50.0), np.zeros(len(LISTS)), np.zeros(len(LISTS)))
    bronze_rows = {"bronze.ego_poses": poses, "bronze.objects": boxes(LISTS, seen, z_m=1.0)}
    rows = pl.DataFrame(build_drive(bronze_rows, (), DRIVE)["silver.object_tracks"])
    np.testing.assert_allclose(rows["x_ego_m"].to_numpy(), 50.0, atol=1e-6)
    np.testing.assert_allclose(rows["x_map_m"].to_numpy(), 50.0 * np.cos(pitch) + np.sin(pitch), atol=1e-6)


def test_without_a_pose_there_is_the_ego_frame_alone():
    rows = tracks(neighbour(), with_pose=False)
    assert rows.height > 190
    for name in ("x_map_m", "d_m", "v_s_mps", "lane_left_d_m"):
        assert rows[name].null_count() == rows.height


def test_a_recorded_velocity_is_kept_and_turned_into_the_path():
    angle = SPEED / RADIUS * (LISTS + AHEAD_NS - START_NS) * 1e-9
    given = neighbour(frame_id="map", vx_mps=12.0 * np.cos(angle), vy_mps=12.0 * np.sin(angle))
    rows = tracks(given).filter(pl.col("t_ns") < START_NS + 18_000_000_000)
    assert set(rows["velocity_source"]) == {"recorded"}
    np.testing.assert_allclose(rows["v_s_mps"].to_numpy(), 12.0, atol=0.01)
    np.testing.assert_allclose(rows["v_d_mps"].to_numpy(), 0.0, atol=0.06)


def test_velocities_do_not_depend_on_what_comes_later():
    cut = START_NS + 8_037_000_000
    ahead = neighbour()
    swerve = ahead.with_columns(y_m=pl.when(pl.col("log_time_ns") > cut).then(pl.col("y_m") - 3.0).otherwise("y_m"))
    before, after = (tracks(rows).filter(pl.col("t_ns") <= cut) for rows in (ahead, swerve))
    assert before.select("v_s_mps", "v_d_mps", "a_s_mps2").equals(after.select("v_s_mps", "v_d_mps", "a_s_mps2"))


def test_a_gap_of_a_track_is_not_filled():
    gone = neighbour().filter(~pl.col("log_time_ns").is_between(START_NS + 5_000_000_000, START_NS + 6_000_000_000))
    rows = tracks(gone)
    inside = rows.filter(pl.col("t_ns").is_between(START_NS + 5_000_000_000, START_NS + 5_900_000_000))
    assert inside.is_empty()


def test_a_single_detection_stays_one_row():
    assert tracks(neighbour()[50:51]).height == 1


def test_shuffled_bronze_gives_identical_tables():
    lists = pl.concat([neighbour(), neighbour(0.0, track_id="b"), neighbour(-3.5, role="reference", topic="/r")])
    poses = odometry(POSES, circle(POSES, SPEED, RADIUS), (SPEED, SPEED / RADIUS))
    given = {"bronze.ego_poses": poses, "bronze.objects": lists}
    mixed = {name: rows.sample(fraction=1.0, shuffle=True, seed=5) for name, rows in given.items()}
    plain, shuffled = build_drive(given, (), DRIVE), build_drive(mixed, (), DRIVE)
    assert all(plain[name].equals(shuffled[name]) for name in plain)
    assert plain["silver.object_tracks"].num_rows > 500


def test_marks_follow_the_bend_at_the_object():
    marks = [
        bronze(
            "bronze.lane_boundaries",
            {"topic": "/l", "log_time_ns": LISTS, "side": side, "c0_m": c0, "x_min_m": 0.0, "x_max_m": 60.0}
            | {"c2_1pm": 1 / (2 * (RADIUS - c0))},
        )
        for side, c0 in (("ego_left", 1.8), ("ego_right", -1.6))
    ]
    rows = tracks(neighbour(), **{"bronze.lane_boundaries": pl.concat(marks)})
    rows = rows.filter(pl.col("t_ns") < START_NS + 18_000_000_000)
    assert set(rows["lane_source"]) == {"lane_marks"}
    np.testing.assert_allclose(rows["lane_left_d_m"].to_numpy(), 1.8, atol=0.05)
    np.testing.assert_allclose(rows["lane_right_d_m"].to_numpy(), -1.6, atol=0.05)


def test_an_object_beyond_150_m_of_the_path_has_no_station():
    far = boxes(LISTS, (np.full(len(LISTS), 400.0), np.zeros(len(LISTS)), np.zeros(len(LISTS))))
    straight = {"bronze.ego_poses": odometry(POSES, circle(POSES, SPEED, 1e7), (SPEED, 0.0)), "bronze.objects": far}
    rows = pl.DataFrame(build_drive(straight, (), DRIVE)["silver.object_tracks"])
    assert rows["s_rel_m"].null_count() == rows.height > 0


def test_a_path_that_crosses_itself_keeps_objects_beside_the_ego():
    long_t, lists = times_ns(70, 50), times_ns(70, 10)  # more than one round of the circle
    ego = circle(lists, SPEED, RADIUS)
    seen = boxes(lists, seen_from(ego, circle(lists + AHEAD_NS, SPEED, RADIUS, 3.5)))
    given = {"bronze.ego_poses": odometry(long_t, circle(long_t, SPEED, RADIUS), (SPEED, 0.1)), "bronze.objects": seen}
    rows = pl.DataFrame(build_drive(given, (), DRIVE)["silver.object_tracks"])
    rows = rows.filter(pl.col("t_ns") < START_NS + 68_000_000_000)
    np.testing.assert_allclose(rows["s_rel_m"].to_numpy(), 30.0, atol=0.1)


def test_a_lorry_hides_what_is_behind_it_and_a_pedestrian_hides_nothing():
    scene = np.zeros(3, np.int64)
    x, y, zero = np.array([10.0, 30.0, 20.0]), np.array([0.0, 0.0, 15.0]), np.zeros(3)
    length, width = np.array([8.0, 4.5, 4.5]), np.array([2.5, 1.8, 1.8])
    share = visible_share(scene, x, y, zero, length, width, np.array([True, True, True]))
    assert share.tolist() == [1.0, 0.0, 1.0]
    assert visible_share(scene, x, y, zero, length, width, np.array([False, True, True])).tolist() == [1.0, 1.0, 1.0]
    assert visible_share(np.arange(3), x, y, zero, length, width, np.ones(3, bool)).tolist() == [1.0, 1.0, 1.0]


def test_half_hidden_is_half_visible():
    x, y = np.array([10.0, 20.0]), np.array([1.0, 0.0])
    share = visible_share(np.zeros(2, np.int64), x, y, np.zeros(2), np.full(2, 1e-3), np.full(2, 2.0), np.ones(2, bool))
    assert share[1] == pytest.approx(0.5, abs=0.05)


def test_argoverse_and_plain_names_reach_the_nine_classes():
    names = ["REGULAR_VEHICLE", "large vehicle", "School-Bus", "bicyclist", "BOLLARD", "ufo"]
    got = pl.DataFrame({"c": names}).select(canonical_class(pl.col("c")))["c"].to_list()
    assert got == ["car", "truck", "bus", "bicycle", "static", "other"]


def test_the_own_vehicle_is_not_an_object():
    assert tracks(neighbour(object_class="ego_vehicle")).is_empty()
