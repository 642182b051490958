"""Along the lane: a lane change of the ego bends its path, and neither gaps nor speeds of others."""

import numpy as np
import polars as pl
import pytest
from scenes import DRIVE, START_NS, boxes, bronze, odometry, times_ns

from spark_jobs.silver.drive import build_drive
from spark_jobs.silver.lane_frame import lane_frame
from spark_jobs.silver.path_frame import Path, driven_path

STEP_NS, EGO_MPS, LANE_M = 100_000_000, 6.0, 3.5


def swerve(t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y, yaw of an ego that moves over by one lane in two seconds, at 6 m/s along a road that leads along x."""
    share = np.clip((t_s - 5.0) / 2.0, 0.0, 1.0)
    y = LANE_M * share**3 * (10 - 15 * share + 6 * share**2)
    lateral_mps = LANE_M * 30 * share**2 * (1 - share) ** 2 / 2.0
    return EGO_MPS * t_s, y, np.arctan2(lateral_mps, EGO_MPS)


def driven_m(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])


def path_of(x: np.ndarray, y: np.ndarray, yaw: np.ndarray) -> tuple[Path, np.ndarray]:
    t_ns = np.arange(len(x)) * STEP_NS
    path = driven_path(t_ns, np.stack([x, y], axis=1), yaw, driven_m(x, y))
    assert path is not None
    return path, t_ns


@pytest.mark.parametrize("turn_rad", [0.0, 2.6])
def test_points_beside_a_swerve_keep_their_distances_along_the_road(turn_rad: float):
    x, y, yaw = swerve(np.arange(0.0, 12.0, 0.1))
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    path, t_ns = path_of(cos * x - sin * y, sin * x + cos * y, yaw + turn_rad)
    lane = lane_frame(path, t_ns, np.full(len(x), turn_rad))
    along = np.arange(20.0, 60.0, 0.5)
    for offset in (-3.0, 0.0, 6.0):
        points = np.stack([cos * along - sin * offset, sin * along + cos * offset], axis=1)
        foot, _, _ = path.project(points, along + 150.0)
        np.testing.assert_allclose(np.diff(lane.station(points, foot)), 0.5, atol=0.01)
    foot, _, _ = path.project(np.stack([cos * along, sin * along], axis=1), along + 150.0)
    assert np.abs(np.diff(foot) - 0.5).max() > 0.2  # what the path alone would say


def test_without_a_lane_the_path_leads():
    x, y, yaw = swerve(np.arange(0.0, 12.0, 0.1))
    path, t_ns = path_of(x, y, yaw)
    lane = lane_frame(path, t_ns, np.full(len(x), np.nan))
    np.testing.assert_allclose(lane.along_m, np.arange(len(lane.along_m)), atol=0.02)
    np.testing.assert_allclose(lane.heading_rad, path.heading_rad)


def test_in_a_bend_the_way_along_the_lane_is_the_arc():
    angle = np.arange(0.0, 1.5, 0.01)
    path, t_ns = path_of(50.0 * np.sin(angle), 50.0 * (1.0 - np.cos(angle)), angle)
    lane = lane_frame(path, t_ns, angle)
    inner = np.arange(0.2, 1.2, 0.01)
    points = np.stack([46.5 * np.sin(inner), 50.0 - 46.5 * np.cos(inner)], axis=1)
    foot, _, _ = path.project(points, 150.0 + 50.0 * inner)
    station = lane.station(points, foot)
    np.testing.assert_allclose(station - station[0], 50.0 * (inner - inner[0]), atol=0.01)


def test_a_car_that_goes_straight_on_keeps_its_speed_while_the_ego_swerves():
    t = times_ns(12, 50)
    lists = times_ns(12, 10, START_NS + 37_000_000)
    ego, seconds = swerve((t - START_NS) * 1e-9), (lists - START_NS) * 1e-9
    car = (10.0 + 7.0 * seconds, 0.0 * seconds, 0.0 * seconds)
    marks = [
        bronze(
            "bronze.lane_boundaries",
            {
                "topic": "/l", "log_time_ns": t, "side": side, "x_min_m": 0.0, "x_max_m": 60.0,
                "c0_m": (y - ego[1]) / np.cos(ego[2]), "c1": -np.tan(ego[2]),
            },
        )
        for side, y in (("ego_left", 1.75), ("ego_right", -1.75))
    ]  # fmt: skip
    given = {
        "bronze.ego_poses": odometry(t, ego, (EGO_MPS, 0.0)),
        "bronze.objects": boxes(lists, car, frame_id="map"),
        "bronze.lane_boundaries": pl.concat(marks),
    }
    rows = {name: pl.DataFrame(table) for name, table in build_drive(given, (), DRIVE).items()}
    met = rows["silver.object_tracks"].join(rows["silver.ego_motion"].rename({"v_s_mps": "ego_v_s_mps"}), on="t_ns")
    met = met.filter(pl.col("t_ns").is_between(START_NS + 1_000_000_000, START_NS + 11_000_000_000)).drop_nulls(
        "v_s_mps"
    )
    np.testing.assert_allclose(met["v_s_mps"].to_numpy(), 7.0, atol=0.05)
    since = (met["t_ns"].to_numpy() - START_NS) * 1e-9
    np.testing.assert_allclose(met["s_rel_m"].to_numpy(), 10.0 + 1.0 * since, atol=0.1)
    place = met["path_s_rel_m"].to_numpy() + np.interp(since, (t - START_NS) * 1e-9, driven_m(*ego[:2]))
    assert np.abs(np.diff(place) - 0.7).max() > 0.2  # in the path frame its place jumps
    turned = np.abs(met["lane_yaw_ego_rad"].to_numpy())
    assert turned.max() > 0.4
    np.testing.assert_allclose(met["ego_v_s_mps"].to_numpy(), met["vx_ego_mps"].to_numpy() * np.cos(turned), atol=1e-9)
