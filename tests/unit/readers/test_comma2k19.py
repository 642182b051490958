"""comma2k19: numpy arrays and a DBC give comma's own values again; damaged arrays cost their own rows only."""

import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from bus_logs import written
from comma_bus import DRIVE, equal_signals, messages, read_rows, renumbered, signals
from mcap_recordings import read_all, source
from real_data import ROOT, real

from spark_jobs.discover import discover
from spark_jobs.readers import comma2k19, formats
from spark_jobs.silver.drive import build_drive

DATA = ROOT / "comma2k19"
DBC = DATA / "dbc" / "_toyota_2017.dbc"
CAN = DATA / "processed_log" / "CAN"
RAW = CAN / "raw_can"


def save(path: Path, values: npt.NDArray[np.generic]) -> Path:
    """`values` as comma2k19 keeps them: .npy without the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.save(file, values)
    return path


def raw_can(folder: Path, count: int = 100) -> Path:
    place = folder / "processed_log" / "CAN" / "raw_can"
    save(place / "t", 46_000 + np.arange(count) / 1000)
    save(place / "address", np.arange(count) + (np.arange(count) % 2) * 0x10000)
    save(place / "src", np.array([0, 1, 128, 129])[np.arange(count) % 4])
    data = np.array([bytes([number % 251, 7, 0, 0, 0, 0, 0, 0]) for number in range(count)], "S8")
    return save(place / "data", data)


def test_trailing_zero_bytes_of_a_frame_come_back(tmp_path: Path) -> None:
    _, tables = read_all(raw_can(tmp_path))
    data = tables["bronze.can_frames"].column("data").to_pylist()
    assert data[5] == bytes([5, 7, 0, 0, 0, 0, 0, 0])
    assert data[0] == bytes([0, 7, 0, 0, 0, 0, 0, 0])


def test_frames_that_the_device_sent_are_not_received(tmp_path: Path) -> None:
    _, tables = read_all(raw_can(tmp_path))
    rows = tables["bronze.can_frames"].to_pylist()
    assert {(row["bus"], row["topic"], row["is_received"]) for row in rows} == {
        (0, "can/0", True),
        (1, "can/1", True),
        (128, "can/128", False),
        (129, "can/129", False),
    }
    assert {row["is_extended"] for row in rows if row["can_id"] > 0x7FF} == {True}


def test_slices_give_the_rows_of_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = raw_can(tmp_path)
    whole = read_rows(path)
    monkeypatch.setattr(comma2k19, "SLICE_RECORDS", 7)
    assert read_rows(path).equals(whole)


@pytest.mark.parametrize(("name", "column_bytes"), [("data", 8), ("t", 8), ("address", 8)])
def test_an_array_cut_short_gives_the_rows_before_the_cut(name: str, column_bytes: int, tmp_path: Path) -> None:
    path = raw_can(tmp_path)
    hurt = path.with_name(name)
    hurt.write_bytes(hurt.read_bytes()[: -10 * column_bytes - 3])
    plan = comma2k19.plan(source(path))
    (problem,) = plan.problems
    assert (problem.reason, problem.record_index, problem.num_messages) == ("truncated", 89, 11)
    assert read_rows(path).height == 89


def test_a_table_kept_column_by_column_is_read_row_by_row(tmp_path: Path) -> None:
    values = np.arange(60, dtype=np.float64).reshape(20, 3)
    folder = tmp_path / "processed_log" / "IMU" / "gyro"
    save(folder / "t", np.arange(20) / 100)
    path = save(folder / "value", np.asfortranarray(values))
    rows = read_rows(path, "bronze.imu_samples")
    found = rows.select("roll_rate_radps", "pitch_rate_radps", "yaw_rate_radps").to_numpy()
    np.testing.assert_array_equal(found, values * (1, -1, -1))  # recorded forward, right, down
    path.write_bytes(path.read_bytes()[:-17])
    assert read_rows(path, "bronze.imu_samples").height == 17


def test_a_row_without_a_time_stands_aside(tmp_path: Path) -> None:
    path = raw_can(tmp_path)
    save(path.with_name("t"), np.r_[np.nan, 1e300, np.arange(98) / 1000])
    _, tables = read_all(path)
    assert tables["bronze.can_frames"].num_rows == 98
    assert tables["bronze.quarantine"].column("num_messages").to_pylist() == [2]


@pytest.mark.parametrize("what", ["pickle", "objects", "claim", "shape", "missing", "text", "wide"])
def test_what_is_no_array_is_a_problem_and_nothing_is_unpickled(what: str, tmp_path: Path) -> None:
    path = raw_can(tmp_path)
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '%s', 'fortran_order': False, 'shape': %s, }"
    if what == "pickle":
        path.write_bytes(pickle.dumps([1, 2, 3]))
    elif what == "objects":
        with path.open("wb") as file:
            np.save(file, np.array([{"a": 1}], object), allow_pickle=True)
    elif what == "missing":
        path.with_name("src").unlink()
    else:
        descr, shape = {"claim": ("|S8", "(1 << 62,)"), "shape": ("|S8", "(3, 3, 3)"), "text": ("<U8", "(4,)"),
                        "wide": ("|S8000", "(4,)")}[what]  # fmt: skip
        path.write_bytes((header % (descr.encode(), shape.encode())).ljust(127) + b"\n" + bytes(64))
    plan = comma2k19.plan(source(path))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == (["bad_array"], [])


def test_a_claim_of_many_rows_allocates_nothing(tmp_path: Path) -> None:
    path = raw_can(tmp_path)
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '|S8', 'fortran_order': False, 'shape': (4611686018427387904,), }"
    path.write_bytes(header.ljust(127) + b"\n" + bytes(64))
    plan = comma2k19.plan(source(path))
    assert [(task.start, task.stop) for task in plan.tasks] == [(0, 8)]
    assert read_rows(path).height == 8


def test_a_minute_of_driving_is_one_drive(tmp_path: Path) -> None:
    raw_can(tmp_path / "route" / "40")
    raw_can(tmp_path / "route" / "41")
    drives = discover([str(tmp_path)])
    assert [(len(drive.files), drive.troubles) for drive in drives] == [(4, ()), (4, ())]
    assert sorted(file.source.format for file in drives[0].files) == ["comma2k19", *["comma2k19_companion"] * 3]


@pytest.mark.data
def test_the_dbc_gives_commas_own_wheel_speed_and_steering_angle() -> None:
    real("comma2k19/processed_log/CAN/raw_can/data")
    decoded = signals(read_rows(RAW / "data"), DBC)
    assert set(decoded["bus"]) <= {0, 1}
    on_bus = decoded.filter(pl.col("bus") == 0)
    wheels = on_bus.filter(pl.col("message_name") == "WHEEL_SPEEDS")
    for column, name in enumerate(("FL", "FR", "RL", "RR")):
        found = wheels.filter(pl.col("signal_name") == f"WHEEL_SPEED_{name}")
        assert found.height == 4974
        assert set(found["unit"]) == {"m/s"}
        expected = np.load(CAN / "wheel_speed" / "value")[:, column]
        assert np.abs(found["value"].to_numpy() - expected).max() <= 1e-9
        times = np.load(CAN / "wheel_speed" / "t")
        assert np.abs(found["t_ns"].to_numpy() - times * 1e9).max() <= 1
    angle = on_bus.filter((pl.col("message_name") == "STEER_ANGLE_SENSOR") & (pl.col("signal_name") == "STEER_ANGLE"))
    fraction = on_bus.filter(pl.col("signal_name") == "STEER_FRACTION")
    assert (angle.height, fraction.height) == (4974, 4974)
    in_degrees = np.degrees(angle["value"].to_numpy()) + np.degrees(fraction["value"].to_numpy())
    assert np.abs(in_degrees - np.load(CAN / "steering_angle" / "value")).max() < 1e-12


@pytest.mark.data
@pytest.mark.parametrize("suffix", ["blf", "asc", "log", "mf4"])
def test_the_same_frames_in_other_formats_give_the_same_signals(suffix: str, tmp_path: Path) -> None:
    real("comma2k19/processed_log/CAN/raw_can/data")
    sent = messages(RAW, 10_000)
    expected = signals(read_rows(RAW / "data").head(10_000), DBC)
    path = written(tmp_path / f"bus.{suffix}", sent)
    found = signals(renumbered(path, read_rows(path)), DBC)
    assert found.height > 10_000
    assert equal_signals(found, expected)
    since = [(rows["t_ns"] - rows["t_ns"][0]).to_numpy() for rows in (found, expected)]
    assert np.abs(since[0] - since[1]).max() <= 2_000  # ns; ASC, candump and this test write microseconds


@pytest.mark.data
def test_the_boot_clock_is_tied_to_utc_and_no_row_is_in_1970() -> None:
    paths = [path for path in real("comma2k19/**/*") if path.is_file() and formats.sniff(path) == "comma2k19"]
    bronze: dict[str, list[pl.DataFrame]] = {}
    for path in paths:
        if path.parent.name != "raw_can":  # 135,468 more rows on the same clock
            for task in comma2k19.plan(source(path)).tasks:
                for name, rows in comma2k19.read(task):
                    named = pl.DataFrame(rows).with_columns(file_id=pl.lit(str(path)))
                    bronze.setdefault(name, []).append(named)
    built = build_drive({name: pl.concat(rows) for name, rows in bronze.items()}, (), DRIVE)
    ego = pl.DataFrame(built["silver.ego_motion"])
    at = np.datetime64("2018-08-02T16:14:48", "ns").astype(np.int64)  # GPS week 2012, 404,106 s, less 18 s
    assert abs(ego["t_ns"].min() - at) < 1_000_000_000
    assert ego.height >= 599
    models = pl.DataFrame(built["silver.clock_models"])
    assert set(models["log_anchor"]) == {"gnss"}
    assert models["repair"].str.contains("anchor").all()


@pytest.mark.data
def test_the_poses_agree_with_the_wheels_and_the_gnss_fixes() -> None:
    real("comma2k19/global_pose/frame_positions")
    poses = read_rows(DATA / "global_pose" / "frame_positions", "bronze.ego_poses")
    speed = np.interp(poses["log_time_ns"] * 1e-9, np.load(CAN / "speed" / "t"), np.load(CAN / "speed" / "value")[:, 0])
    assert np.median(np.abs(poses["vx_ego_mps"].to_numpy() - speed)) < 0.3
    assert np.abs(poses["vy_ego_mps"].to_numpy()).max() < 1.0
    step_m = np.hypot(np.diff(poses["x_map_m"]), np.diff(poses["y_map_m"]))
    step_s = np.diff(poses["log_time_ns"]) * 1e-9
    assert np.median(np.abs(step_m / step_s - poses["vx_ego_mps"].to_numpy()[1:])) < 0.3
    fixes = read_rows(DATA / "processed_log" / "GNSS" / "live_gnss_ublox" / "value", "bronze.gnss_fixes")
    stamps = fixes["sensor_time_ns"].to_numpy()
    assert abs(int(stamps[0]) - int(poses["sensor_time_ns"][0])) < 1_000_000_000
