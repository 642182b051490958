"""Object tracks do not care where on the map a drive was or which way it went: turning and moving the world changes
ego and path columns by nothing and map columns by that turn alone."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import DRIVE, boxes, bronze, circle, odometry, seen_from, times_ns

from spark_jobs.silver.drive import build_drive

T = times_ns(8, 20)
EGO = circle(T, 15.0, 120.0)
OTHER = circle(T, 17.0, 120.0, offset_m=3.4)
SAME = ["x_ego_m", "y_ego_m", "yaw_ego_rad", "s_rel_m", "d_m", "heading_path_rad", "v_s_mps", "v_d_mps", "a_s_mps2",
        "extent_s_m", "extent_d_m", "lane_left_d_m", "lane_right_d_m", "visibility_pct"]  # fmt: skip
SAME_EGO = ["s_m", "vx_ego_mps", "vy_ego_mps", "ax_ego_mps2", "ay_ego_mps2", "yaw_rate_radps", "lane_left_y_m"]


def moved(pose: tuple[np.ndarray, ...], turn_rad: float, x_m: float, y_m: float) -> tuple[np.ndarray, ...]:
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    return x_m + cos * pose[0] - sin * pose[1], y_m + sin * pose[0] + cos * pose[1], pose[2] + turn_rad


def built(turn_rad: float, x_m: float, y_m: float, frame: str) -> dict[str, pl.DataFrame]:
    """Silver of the same scene in a world that was turned and moved; the objects given in the ego or the map frame."""
    ego, other = moved(EGO, turn_rad, x_m, y_m), moved(OTHER, turn_rad, x_m, y_m)
    seen = other if frame == "map" else seen_from(ego, other)
    marks = {"topic": "/l", "log_time_ns": T, "sensor_time_ns": T, "x_min_m": 0.0, "x_max_m": 60.0}
    lanes = [bronze("bronze.lane_boundaries", marks | {"side": side, "c0_m": y, "c2_1pm": 1 / 240})
             for side, y in (("ego_left", 1.7), ("ego_right", -1.8))]  # fmt: skip
    streams = {
        "bronze.ego_poses": odometry(T, ego, (15.0, 15.0 / 120.0)),
        "bronze.objects": boxes(T, seen, frame_id="map" if frame == "map" else "base_link"),
        "bronze.lane_boundaries": pl.concat(lanes),
    }
    return {name: pl.DataFrame(rows) for name, rows in build_drive(streams, (), DRIVE).items()}


def assert_same(left: pl.DataFrame, right: pl.DataFrame, names: list[str], atol: float) -> None:
    for name in names:
        one, other = (each[name].fill_null(float("nan")).to_numpy() for each in (left, right))
        apart = np.angle(np.exp(1j * (one - other))) if name.endswith("_rad") else one - other
        np.testing.assert_array_equal(np.isnan(one), np.isnan(other), err_msg=name)
        assert np.nanmax(np.abs(apart), initial=0.0) < atol, name


@pytest.mark.parametrize("frame", ["ego", "map"])
@settings(max_examples=4, deadline=None)
@given(turn=st.floats(-np.pi, np.pi), x=st.floats(-5e3, 5e3), y=st.floats(-5e3, 5e3))
def test_turning_and_moving_the_world_changes_nothing_the_vehicle_sees(frame: str, turn: float, x: float, y: float):
    here, there = built(0.0, 0.0, 0.0, frame), built(turn, x, y, frame)
    tracks = [each["silver.object_tracks"] for each in (here, there)]
    assert tracks[0].height == tracks[1].height > 70
    assert_same(*tracks, SAME, 2e-3)  # the path has a vertex per metre, counted from another end of the double
    assert_same(*(each["silver.ego_motion"] for each in (here, there)), SAME_EGO, 1e-6)
    place = moved(tuple(tracks[0].select("x_map_m", "y_map_m", "yaw_map_rad").to_numpy().T), turn, x, y)
    for name, expected in zip(("x_map_m", "y_map_m"), place[:2], strict=True):
        np.testing.assert_allclose(tracks[1][name].to_numpy(), expected, atol=1e-6)


def test_the_ego_and_the_map_frame_tell_the_same_track():
    given_in = [built(0.7, 100.0, -40.0, frame)["silver.object_tracks"] for frame in ("ego", "map")]
    assert_same(*given_in, [name for name in SAME if not name.startswith("v_") and name != "a_s_mps2"], 2e-3)
