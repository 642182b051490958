"""Bus logs through python-can: every frame comes back, every record is accounted for, damage costs only itself."""

import logging
import os
from collections import Counter
from pathlib import Path

import can
import pytest
from bus_logs import START_S, facts, frames, landed, written
from mcap_recordings import read_all, source

from longtail.settings import REPOSITORY
from spark_jobs.readers import can_logs, formats

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data")) / "can_logs"
SUFFIXES = ["blf", "asc", "log"]


def read_here(path: Path) -> tuple[list[dict[str, object]], list[dict[str, object]], list[dict[str, object]]]:
    """(messages, frames, quarantine) of a log, read in this process."""
    plan = can_logs.plan(source(path))
    rows: dict[str, list[dict[str, object]]] = {}
    for task in plan.tasks:
        for name, table in can_logs.read(task):
            rows.setdefault(name, []).extend(table.to_pylist())
    names = ("bronze.messages", "bronze.can_frames", "bronze.quarantine")
    return tuple(rows.get(name, []) for name in names)  # type: ignore[return-value]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_frames_come_back_with_id_flags_bus_direction_data_and_time(suffix: str, tmp_path: Path) -> None:
    sent = frames(300)
    _, tables = read_all(written(tmp_path / f"bus.{suffix}", sent))
    rows = tables["bronze.can_frames"].to_pylist()
    expected = [facts(message) for message in sent]
    if suffix == "asc":  # its times count from the header's, which the writer gives in the zone of the machine
        base = round(rows[0]["log_time_ns"] / 1e6) - expected[0][-1]
        expected = [(*row[:-1], row[-1] + base) for row in expected]
    assert [landed(row) for row in rows] == expected
    assert tables["bronze.messages"].column("record_index").to_pylist() == list(range(300))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_remote_and_error_frames_are_indexed_and_give_no_frame(suffix: str, tmp_path: Path) -> None:
    first, last = frames(2)
    remote = can.Message(timestamp=START_S, is_remote_frame=True, arbitration_id=7, is_extended_id=False, channel=0)
    error = can.Message(timestamp=START_S, is_error_frame=True, channel=0)
    messages, found, _ = read_here(written(tmp_path / f"bus.{suffix}", [first, remote, error, last]))
    kinds = ["CAN_DataFrame", "CAN_RemoteFrame", "CAN_ErrorFrame", "CAN_DataFrame"]
    assert [row["schema_name"] for row in messages] == kinds
    assert [row["stream"] for row in messages] == ["can_frames", None, None, "can_frames"]
    assert [row["record_index"] for row in found] == [0, 3]


def test_batches_do_not_change_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "bus.blf", frames(500))
    whole = read_here(path)
    monkeypatch.setattr(can_logs, "BATCH_ENTRIES", 7)
    assert read_here(path) == whole


@pytest.mark.parametrize("suffix", ["asc", "log"])
def test_a_damaged_line_stands_aside_and_the_lines_behind_it_are_read(suffix: str, tmp_path: Path) -> None:
    path = written(tmp_path / f"bus.{suffix}", frames(50))
    lines = path.read_bytes().split(b"\n")
    hurt = [number for number, line in enumerate(lines) if b"CANFD" in line or b"##" in line][3]
    for damage in (b"\xff\x00 nonsense", lines[hurt][:30], lines[hurt].replace(b"0", b"Z"), b"x" * 40_000):
        path.write_bytes(b"\n".join([*lines[:hurt], damage, *lines[hurt + 1 :]]))
        messages, found, quarantine = read_here(path)
        num_events = sum(row["stream"] is None for row in messages)
        assert (len(found), num_events, len(quarantine)) == (49, 0, 1), damage
        assert quarantine[0]["byte_offset"] == len(b"\n".join(lines[:hurt])) + 1
        assert quarantine[0]["num_messages"] == 1
        indexes = [row["record_index"] for row in (*messages, *quarantine)]
        assert sorted(indexes) == list(range(50))  # type: ignore[type-var]


def test_many_damaged_lines_are_counted_without_a_row_each(tmp_path: Path) -> None:
    path = tmp_path / "bus.log"
    path.write_text("(1763000000.000000) can0 123#00 R\n" + "(1763000000.1) can0 nonsense#zz\n" * 500)
    messages, _, quarantine = read_here(path)
    assert len(quarantine) == can_logs.MAX_SINGLE + 1
    assert len(messages) + sum(int(row["num_messages"]) for row in quarantine) == 501  # type: ignore[call-overload]


def test_a_log_cut_anywhere_gives_the_whole_records_before_the_cut(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        sent = frames(400)
        path = written(tmp_path / f"bus.{suffix}", sent)
        whole, (_, every, _) = path.read_bytes(), read_here(path)
        for cut in range(300, len(whole) - 2, len(whole) // 12):
            path.write_bytes(whole[:cut])
            _, found, quarantine = read_here(path)
            kept = [landed(row) for row in found]
            if suffix != "blf":  # what is left of the last line may be a shorter frame: that is told
                kept = kept[:-1]
            assert kept == [landed(row) for row in every[: len(kept)]], (suffix, cut)
            assert quarantine, (suffix, cut)


def test_a_damaged_container_costs_its_own_frames_only(tmp_path: Path) -> None:
    sent = frames(6000)
    path = written(tmp_path / "bus.blf", sent)
    raw = bytearray(path.read_bytes())
    containers = [at for at in range(144, len(raw)) if raw[at : at + 4] == b"LOBJ" and raw[at + 12] == 10]
    assert len(containers) >= 3
    raw[containers[1] + 300] ^= 0x10
    path.write_bytes(raw)
    _, found, quarantine = read_here(path)
    expected = {facts(message) for message in sent}
    assert {landed(row) for row in found} <= expected
    assert 2000 < len(found) < 6000
    assert landed(found[-1]) == facts(sent[-1])
    assert quarantine[0]["byte_offset"] == containers[1]
    assert can_logs.plan(source(path)).recorder_num_messages == 6000


def test_objects_that_are_no_can_frames_are_indexed(tmp_path: Path) -> None:
    path = tmp_path / "bus.blf"
    with can.BLFWriter(str(path)) as writer:
        writer.on_message_received(frames(1)[0])
        writer.log_event("a marker", START_S + 1)
        writer.on_message_received(frames(2)[1])
    messages, found, quarantine = read_here(path)
    assert [row["schema_name"] for row in messages] == ["CAN_DataFrame", "blf_object_96", "CAN_DataFrame"]
    assert (len(found), quarantine) == (2, [])


ASC = """date Sat Sep 30 03:06:13.500 PM 2017
base {base}  timestamps {stamps}
internal events logged
Begin Triggerblock Sat Sep 30 03:06:14.000 PM 2017
   0.000000 Start of measurement
   0.250000 1  {id}             Rx   d 2 {data}
   0.500000 1  Statistic: D 0 R 0 XD 0 XR 0 E 0 O 0 B 0.00%
   0.750000 2  {id}x            Tx   d 2 {data}
End TriggerBlock
"""


@pytest.mark.parametrize(("stamps", "offsets_ms"), [("absolute", [250, 500, 750]), ("relative", [250, 750, 1500])])
@pytest.mark.parametrize(("base", "number", "data"), [("hex", "1F4", "0A FF"), ("dec", "500", "10 255")])
def test_asc_bases_and_stamps_mean_what_the_header_says(
    stamps: str, offsets_ms: list[int], base: str, number: str, data: str, tmp_path: Path
) -> None:
    path = tmp_path / "bus.asc"
    path.write_text(ASC.format(base=base, stamps=stamps, id=number, data=data))
    messages, found, _ = read_here(path)
    trigger_ns = 1_506_783_974_000_000_000  # 2017-09-30T15:06:14Z
    assert [row["log_time_ns"] for row in messages] == [trigger_ns + ms * 1_000_000 for ms in offsets_ms]
    assert [(row["can_id"], row["is_extended"], row["data"]) for row in found] == [
        (500, False, b"\x0a\xff"),
        (500, True, b"\x0a\xff"),
    ]
    assert [row["is_received"] for row in found] == [True, False]
    assert messages[1]["stream"] is None
    assert [problem.reason for problem in can_logs.plan(source(path)).problems] == ["local_time"]


@pytest.mark.parametrize("name", ["bus.asc", "bus.trc", "bus.blf"])
def test_a_file_of_something_else_is_a_problem(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("ncols 4\nnrows 6\nxllcorner 0.0\n" * 20)
    plan = can_logs.plan(source(path))
    assert ([problem.reason for problem in plan.problems], plan.tasks) == ([f"bad_{path.suffix[1:]}"], [])


def test_a_log_file_of_a_program_is_no_bus_log(tmp_path: Path) -> None:
    path = tmp_path / "server.log"
    path.write_text("(warning) started 12:00\n")
    assert formats.sniff(path) == "unknown"


def test_without_the_extra_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "bus.log", frames(2))
    monkeypatch.setattr(can_logs, "find_spec", lambda name: None)
    (problem,) = can_logs.plan(source(path)).problems
    assert problem.reason == "missing_extra"
    assert 'pip install "longtail[can]"' in problem.detail


@pytest.mark.data
def test_every_sample_gives_as_many_frames_as_python_can(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    paths = sorted([*DATA.glob("*.asc"), *DATA.glob("*.trc")])
    if not paths:
        pytest.skip(f"{DATA} is absent; set LONGTAIL_TEST_DATA")
    assert len(paths) == 18
    for path in paths:
        messages, found, quarantine = read_here(path)
        with can.LogReader(str(path)) as reader:
            expected = list(reader)
        frames_only = [row for row in messages if row["topic"] != "events"]
        assert len(frames_only) == len(expected), path.name
        data = [bytes(each.data) for each in expected if not (each.is_error_frame or each.is_remote_frame)]
        assert [row["data"] for row in found] == data, path.name
        assert sum(int(row["num_messages"]) for row in quarantine) == 0, path.name  # type: ignore[call-overload]


@pytest.mark.data
def test_lines_that_are_no_frames_stay_counted() -> None:
    path = DATA / "logfile.asc"
    if not path.exists():
        pytest.skip(f"{path} is absent; set LONGTAIL_TEST_DATA")
    messages, _, _ = read_here(path)
    records = [line for line in path.read_text("latin-1").splitlines() if line[:9].strip()[:1].isdigit()]
    assert len(messages) == len(records) - sum("Start of measurement" in line for line in records)
    assert Counter(row["schema_name"] for row in messages)["asc_event"] == 11
