"""MDF4 bus logs: the frames that python-can wrote, and real CANedge logs decoded as asammdf decodes them."""

import os
from collections import Counter
from pathlib import Path

import can
import numpy as np
import pytest
from mcap_recordings import read_all, source

from longtail.settings import REPOSITORY
from spark_jobs.readers import dbc, mdf4, registry

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data")) / "canedge_mf4"
START_S = 1_763_000_000.25


def messages() -> list[can.Message]:
    rng = np.random.default_rng(2)
    found = []
    for number in range(200):
        is_extended = number % 3 == 0
        found.append(
            can.Message(
                timestamp=START_S + number * 0.01,
                arbitration_id=0x18FEF100 + number if is_extended else 0x100 + number,
                is_extended_id=is_extended,
                is_fd=number % 5 == 0,
                data=rng.bytes(48 if number % 5 == 0 else number % 9),
                channel=number % 2,
                is_rx=number % 7 != 0,
            )
        )
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "bus.mf4"
    with can.MF4Writer(str(path)) as writer:
        for message in messages():
            writer.on_message_received(message)
        for extra in (can.Message(is_remote_frame=True), can.Message(is_error_frame=True)):
            extra.timestamp, extra.channel = START_S + 5, 0
            writer.on_message_received(extra)
    return path


def test_frames_come_back_with_id_flags_direction_data_and_absolute_time(log: Path) -> None:
    _, tables = read_all(log)
    rows = tables["bronze.can_frames"].to_pylist()
    assert len(rows) == 200
    for row, message in zip(rows, messages(), strict=True):
        assert (row["can_id"], row["is_extended"]) == (message.arbitration_id, message.is_extended_id)
        assert (row["data"], row["num_data_bytes"]) == (bytes(message.data), len(message.data))
        assert row["is_received"] == message.is_rx
        assert abs(row["log_time_ns"] - message.timestamp * 1e9) < 1_000_000


def test_remote_and_error_frames_are_counted_but_give_no_frame(log: Path) -> None:
    plan, tables = read_all(log)
    rows = tables["bronze.messages"].to_pylist()
    assert plan.recorder_num_messages == len(rows) == 202
    assert [row["record_index"] for row in rows] == list(range(202))
    assert sorted(row["schema_name"] for row in rows if row["stream"] is None) == ["CAN_ErrorFrame", "CAN_RemoteFrame"]
    assert all(row["topic"].startswith("can/") for row in rows)


def test_slices_of_a_group_give_the_rows_of_the_whole(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, whole = read_all(log)
    monkeypatch.setattr(mdf4, "SLICE_RECORDS", 37)
    _, parts = read_all(log)
    assert parts["bronze.can_frames"].equals(whole["bronze.can_frames"])
    assert parts["bronze.messages"].equals(whole["bronze.messages"])


def test_a_log_without_frames_has_no_task_and_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "empty.mf4"
    with can.MF4Writer(str(path)):
        pass
    plan = registry.plan(source(path))
    assert (plan.tasks, plan.problems, plan.recorder_num_messages) == ([], [], 0)


def test_a_broken_log_is_a_problem_and_not_an_error(log: Path) -> None:
    whole = log.read_bytes()
    for cut in (64, 200, len(whole) // 2):
        log.write_bytes(whole[:cut])
        plan, tables = read_all(log)
        troubles = [problem.reason for problem in plan.problems]
        troubles += tables["bronze.quarantine"].column("reason").to_pylist() if "bronze.quarantine" in tables else []
        num_read = tables["bronze.messages"].num_rows if "bronze.messages" in tables else 0
        assert troubles or num_read == 202, f"cut at {cut}"
    log.write_text("no measurement")
    assert [problem.reason for problem in registry.plan(source(log)).problems] == ["not_mf4"]


def signals(log: str, name: str) -> list[dict[str, object]]:
    path = DATA / "LOG" / log
    if not path.exists():
        pytest.skip(f"{path} is absent; set LONGTAIL_TEST_DATA")
    _, tables = read_all(path)
    decoded = dbc.decode(tables["bronze.can_frames"], [(None, str(DATA / "dbc_files" / name))])
    return decoded.to_pylist()


@pytest.mark.data
def test_a_j1939_truck_gives_the_rows_that_asammdf_gives() -> None:
    rows = signals("FCBF0606/00003482/00000001-60B621D9.MF4", "CSS-Electronics-SAE-J1939-DEMO.dbc")
    counts = {
        name: sum(row["signal_name"] == name for row in rows) for name in ("EngineSpeed", "WheelBasedVehicleSpeed")
    }
    assert counts == {"EngineSpeed": 577, "WheelBasedVehicleSpeed": 184}


@pytest.mark.data
@pytest.mark.parametrize(
    ("log", "num_fixes", "num_imu"),
    [("94C49784/00000005/00000017-6099D010.MF4", 281, 29_965), ("2F6913DB/00000004/00000001.MF4", 44, 4_724)],
)
def test_the_gps_module_gives_as_many_rows_as_asammdf(log: str, num_fixes: int, num_imu: int) -> None:
    """32 signals of eight GNSS messages, and 7 of the IMU message, which comes about 100 times as often."""
    counts = Counter(row["signal_name"] for row in signals(log, "canmod-gps.dbc"))
    assert Counter(counts.values()) == {num_fixes: 32, num_imu: 7}


@pytest.mark.data
def test_every_value_of_a_real_log_equals_asammdf() -> None:
    from asammdf import MDF

    path = DATA / "LOG" / "FCBF0606/00003482/00000001-60B621D9.MF4"
    rows = signals("FCBF0606/00003482/00000001-60B621D9.MF4", "CSS-Electronics-SAE-J1939-DEMO.dbc")
    with MDF(path) as file:
        start = int(file.header.abs_time)
        with file.extract_bus_logging({"CAN": [(DATA / "dbc_files/CSS-Electronics-SAE-J1939-DEMO.dbc", 0)]}) as decoded:
            speed = decoded.get("WheelBasedVehicleSpeed")
    ours = [row for row in rows if row["signal_name"] == "WheelBasedVehicleSpeed"]
    np.testing.assert_allclose([row["value"] for row in ours], speed.samples.astype(float) / 3.6, rtol=1e-12)
    assert [row["log_time_ns"] for row in ours] == [start + round(t * 1e9) for t in speed.timestamps.tolist()]
    assert {row["unit"] for row in ours} == {"m/s"}


@pytest.mark.data
def test_every_real_log_gives_as_many_records_as_asammdf_and_files_of_a_session_follow_each_other() -> None:
    from asammdf import MDF

    paths = sorted((DATA / "LOG").glob("*/*/*.MF4"))
    if not paths:
        pytest.skip(f"{DATA} is absent; set LONGTAIL_TEST_DATA")
    last_ns = {}
    for path in paths:
        plan, tables = read_all(path)
        with MDF(path) as file:
            assert plan.recorder_num_messages == sum(group.channel_group.cycles_nr for group in file.groups)
            started = file.header.start_time.timestamp()  # some headers give local time with its offset
        times = tables["bronze.messages"].column("log_time_ns").to_numpy()
        assert len(times) == plan.recorder_num_messages
        assert 0 <= times.min() * 1e-9 - started < 86_400
        assert times.min() > last_ns.get(path.parent, 0)
        last_ns[path.parent] = times.max()
    assert len(last_ns) < len(paths)


def test_a_header_in_local_time_is_noticed_and_said(log: Path) -> None:
    raw = bytearray(log.read_bytes())
    assert raw[64:68] == b"##HD"
    flags_at = 64 + 24 + 6 * 8 + 8 + 2 + 2  # header of the block, six links, start, zone and summer time offsets
    raw[flags_at] = 1
    log.write_bytes(raw)
    plan, tables = read_all(log)
    assert [problem.reason for problem in plan.problems] == ["local_time"]
    assert tables["bronze.messages"].num_rows == 202
