"""Boreas: poses and boxes against pandas, time units told by size, and one world frame from two sensors."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from mcap_recordings import read_all
from real_data import real
from scipy.spatial.transform import Rotation, Slerp

from spark_jobs.readers.boreas import time_unit

HEADER = "GPSTime,easting,northing,altitude,vel_east,vel_north,vel_up,roll,pitch,heading,angvel_z,angvel_y,angvel_x\n"
LINE = "{},623423.45,4848820.61,153.5,0.1,0.2,0.3,0.01,0.02,-0.19,0.001,-0.0008,-0.0009\n"


def poses(folder: Path, sensor: str, stamps: list[int], header: str = HEADER) -> Path:
    path = folder / "applanix" / f"{sensor}_poses.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + "".join(LINE.format(stamp) for stamp in stamps))
    return path


def column(table: pa.Table, *names: str) -> np.ndarray:
    return np.stack([table.column(name).to_numpy() for name in names], axis=1)


def turns(table: pa.Table) -> Rotation:
    return Rotation.from_quat(column(table, "q_w", "q_x", "q_y", "q_z"), scalar_first=True)


def test_boreas_trap_the_unit_of_time_changes_between_files_and_is_said(tmp_path: Path) -> None:
    """Camera in microseconds, radar in nanoseconds: both are the same instant, to the last digit."""
    _, camera = read_all(poses(tmp_path, "camera", [1_628_180_400_123_457, 1_628_180_400_223_457]))
    _, radar = read_all(poses(tmp_path, "radar", [1_628_180_400_123_457_001, 1_628_180_400_373_457_001]))
    assert camera["bronze.ego_poses"].column("log_time_ns").to_pylist()[0] == 1_628_180_400_123_457_000
    assert radar["bronze.ego_poses"].column("sensor_time_ns").to_pylist()[0] == 1_628_180_400_123_457_001
    said = [tables["bronze.messages"].column("schema_name").to_pylist()[0] for tables in (camera, radar)]
    assert said == ["boreas/applanix_pose (GPSTime in us)", "boreas/applanix_pose (GPSTime in ns)"]


@pytest.mark.parametrize(
    ("stamp", "unit"),
    [(1_630_597_331, "s"), (1_630_597_331_027, "ms"), (1_630_597_331_027_681, "us"), (1_630_597_331_027_681_000, "ns"),
     (0, None), (-5, None), (12_345, None), (2**62, None)],
)  # fmt: skip
def test_a_stamp_says_its_unit_by_its_size_or_nothing(stamp: int, unit: str | None) -> None:
    assert time_unit(stamp) == unit


def test_stamps_of_no_known_unit_are_set_aside(tmp_path: Path) -> None:
    _, tables = read_all(poses(tmp_path, "camera", [17, 18]))
    assert list(tables) == ["bronze.quarantine"]
    assert tables["bronze.quarantine"].column("num_messages").to_pylist() == [2]


def test_other_columns_are_a_problem_and_a_bad_line_costs_itself(tmp_path: Path) -> None:
    plan, _ = read_all(poses(tmp_path, "camera", [1], "time,x,y\n"))
    assert [problem.reason for problem in plan.problems] == ["bad_schema"]
    path = poses(tmp_path, "camera", [1_630_597_331_027_681])
    path.write_text(path.read_text() + "1630597331127683,nan,0,0\n")
    _, tables = read_all(path)
    assert (tables["bronze.messages"].num_rows, tables["bronze.quarantine"].num_rows) == (1, 1)


@pytest.mark.data
@pytest.mark.parametrize("sensor", ["camera", "radar"])
def test_every_pose_lands_as_pandas_reads_it(sensor: str) -> None:
    (path,) = real(f"boreas/boreas-2021-09-02-11-42/applanix/{sensor}_poses.csv")
    expected = pd.read_csv(path)
    _, tables = read_all(path)
    rows = tables["bronze.ego_poses"]
    assert rows.num_rows == tables["bronze.messages"].num_rows == len(expected)
    assert rows.column("log_time_ns").to_pylist() == (expected.GPSTime * 1000).tolist()
    place = expected[["easting", "northing", "altitude"]].to_numpy()
    assert column(rows, "x_map_m", "y_map_m", "z_map_m").tolist() == place.tolist()


@pytest.mark.data
def test_boreas_trap_the_camera_has_a_gap_of_0_85_s_that_stays_a_gap() -> None:
    (path,) = real("boreas/boreas-2021-09-02-11-42/applanix/camera_poses.csv")
    _, tables = read_all(path)
    steps = np.diff(tables["bronze.ego_poses"].column("log_time_ns").to_numpy()) * 1e-9
    assert steps.max() == pytest.approx(0.85, abs=0.01)
    assert (steps > 0.8).sum() == 1


@pytest.mark.data
@pytest.mark.parametrize("pattern", ["*2021*/applanix/camera", "*2021*/applanix/radar", "*objects*/applanix/lidar"])
def test_the_vehicle_drives_forward_in_the_ego_frame_of_every_sensor(pattern: str) -> None:
    (path,) = real(f"boreas/{pattern}_poses.csv")
    _, tables = read_all(path)
    rows = tables["bronze.ego_poses"]
    velocity = pd.read_csv(path)[["vel_east", "vel_north", "vel_up"]].to_numpy()
    moving = np.linalg.norm(velocity, axis=1) > 5
    forward = turns(rows).apply([1.0, 0, 0])[moving]
    along = (forward * velocity[moving]).sum(axis=1) / np.linalg.norm(velocity[moving], axis=1)
    assert np.median(along) > 0.999
    assert np.median(turns(rows).apply([0, 0, 1.0])[:, 2]) > 0.99
    assert np.median(rows.column("vx_ego_mps").to_numpy()[moving]) > 5


@pytest.mark.data
def test_camera_and_radar_give_one_world_frame_within_a_centimetre() -> None:
    """Two sensors on one stiff car: the radar's place in the camera's frame is the same throughout 17 minutes."""
    camera, radar = (
        read_all(real(f"boreas/boreas-2021-09-02-11-42/applanix/{name}_poses.csv")[0])[1]["bronze.ego_poses"]
        for name in ("camera", "radar")
    )
    t, at = camera.column("log_time_ns").to_numpy(), radar.column("log_time_ns").to_numpy()
    low = np.searchsorted(t, at) - 1
    inside = (low >= 0) & (low < len(t) - 1)
    inside[inside] &= np.diff(t)[low[inside]] < 150_000_000
    low, at = low[inside], at[inside]
    weight = ((at - t[low]) / (t[low + 1] - t[low]))[:, None]
    place = column(camera, "x_map_m", "y_map_m", "z_map_m")
    between = place[low] * (1 - weight) + place[low + 1] * weight
    turn = Slerp((t - t[0]) * 1e-9, turns(camera))((at - t[0]) * 1e-9)
    offset = turn.inv().apply(column(radar, "x_map_m", "y_map_m", "z_map_m")[inside] - between)
    error = np.linalg.norm(offset - np.median(offset, axis=0), axis=1)
    assert len(error) > 4000
    assert error.max() < 0.01


@pytest.mark.data
def test_every_box_lands_with_its_lidar_points_at_the_time_of_a_lidar_pose() -> None:
    (pose_path,) = real("boreas/boreas-objects-v1/applanix/lidar_poses.csv")
    posed = set((pd.read_csv(pose_path).ROSTime * 1000).tolist())
    names = ["track", "kind", "length", "width", "height", "x", "y", "z", "yaw", "points"]
    total = 0
    for path in real("boreas/boreas-objects-v1/labels_detection/*.txt"):
        expected = pd.read_csv(path, sep=" ", header=None, names=names)
        _, tables = read_all(path)
        rows = tables["bronze.objects"]
        assert rows.column("track_id").to_pylist() == expected.track.tolist()
        assert rows.column("num_lidar_points").to_pylist() == expected.points.tolist()
        assert column(rows, "x_m", "y_m", "z_m").tolist() == expected[["x", "y", "z"]].to_numpy().tolist()
        yaw = turns(rows).as_euler("ZYX")[:, 0]
        assert np.abs(np.angle(np.exp(1j * (yaw - expected.yaw.to_numpy())))).max() < 1e-9
        assert set(rows.column("log_time_ns").to_pylist()) <= posed
        total += rows.num_rows
    assert total > 1500
