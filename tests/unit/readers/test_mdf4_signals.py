"""Measured channels of MDF4 files: our matrix of records gives asammdf's values, whatever the file is packed with."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from asammdf import MDF, Signal
from asammdf.blocks.v4_blocks import ChannelConversion
from mcap_recordings import source

from spark_jobs.readers import mdf4
from spark_jobs.readers.mdf4_log import Log

KINDS = ("<f4", "<i2", "<u2", "<f8", "<u1", "<i8", "<u4")
Block = dict[str, npt.NDArray[np.float64]]


def signals(count: int = 5000) -> list[Signal]:
    rng = np.random.default_rng(1)
    time = np.arange(count) / 100
    found = [
        Signal((rng.normal(size=count) * 50 + 100).astype(kind), time, name=f"s{number}", unit="V")
        for number, kind in enumerate(KINDS)
    ]
    found[1].conversion = ChannelConversion(conversion_type=1, a=0.25, b=-3)
    found[2].conversion = ChannelConversion(conversion_type=2, P1=0, P2=2, P3=1, P4=0, P5=0, P6=4)
    words = {f"val_{n}": float(n) for n in range(3)} | {f"text_{n}": f"word {n}".encode() for n in range(3)}
    found[4].samples = (np.arange(count) % 3).astype("<u1")
    found[4].conversion = ChannelConversion(conversion_type=7, ref_param_nr=4, links_nr=8, **words)
    return found


def write(path: Path, compression: int, count: int = 5000) -> Path:
    with MDF(version="4.10") as file:
        file.append(signals(count))
        file.save(path, compression=compression, overwrite=True)
    return path


def read(path: Path) -> tuple[Block, list[dict[str, object]], list[dict[str, object]]]:
    """(values by channel, "" for the times; messages; quarantine)."""
    plan = mdf4.plan(source(path))
    tables: dict[str, list[pa.Table]] = {}
    for task in plan.tasks:
        for name, rows in mdf4.read(task):
            tables.setdefault(name, []).append(rows)
    values: dict[str, list[npt.NDArray[np.float64]]] = {}
    for rows in tables.get("bronze.signal_blocks", []):
        for row in rows.to_pylist():
            kind = np.float64 if row["signal_name"] else np.int64
            block = np.frombuffer(row["data"], kind)
            assert len(block) == row["num_samples"]
            values.setdefault(row["signal_name"] or "", []).append(block)
    rest = ([row for part in tables.get(name, []) for row in part.to_pylist()]
            for name in ("bronze.messages", "bronze.quarantine"))  # fmt: skip
    return {name: np.concatenate(parts) for name, parts in values.items()}, *rest  # type: ignore[return-value]


@pytest.mark.parametrize("compression", [0, 1, 2])
@pytest.mark.parametrize("way", ["records", "asammdf"])
def test_every_value_is_asammdfs_whatever_the_file_is_packed_with(
    compression: int, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "signals.mf4", compression)
    if way == "asammdf":
        monkeypatch.setattr(Log, "records", lambda file, index: None)
    monkeypatch.setattr(mdf4, "SIGNAL_BYTES", 64 * 1000)
    values, messages, quarantine = read(path)
    assert (len(messages), quarantine) == (5000, [])
    assert {row["stream"] for row in messages} == {"signal_blocks"}
    with MDF(path) as file:
        start = int(file.header.abs_time)
        np.testing.assert_array_equal(values[""], start + np.rint(file.get("s0").timestamps * 1e9).astype(np.int64))
        for number in range(len(KINDS)):
            expected = file.get(f"s{number}", raw=number == 4).samples  # words are kept as their numbers
            np.testing.assert_array_equal(values[f"s{number}"], expected.astype(np.float64), err_msg=f"s{number}")


def test_a_sorted_file_is_read_without_asammdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "signals.mf4", 2, 100)
    monkeypatch.setattr(Log, "get", lambda *arguments, **options: pytest.fail("asammdf was asked for samples"))
    values, _, _ = read(path)
    assert len(values) == 1 + len(KINDS)


def test_samples_that_are_marked_invalid_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "signals.mf4"
    count = 50
    is_bad = np.arange(count) % 7 == 0
    with MDF(version="4.10") as file:
        time = np.arange(count) / 10
        good = Signal(np.arange(count, dtype="<f8"), time, name="good")
        file.append([good, Signal(np.arange(count, dtype="<f8"), time, name="bad", invalidation_bits=is_bad)])
        file.save(path, overwrite=True)
    values, _, _ = read(path)
    np.testing.assert_array_equal(np.isnan(values["bad"]), is_bad)
    assert not np.isnan(values["good"]).any()


@pytest.mark.parametrize("compression", [0, 1, 2])
def test_damaged_data_costs_the_records_from_there_on_and_says_where(compression: int, tmp_path: Path) -> None:
    path = tmp_path / "signals.mf4"
    with MDF(version="4.10") as file:
        time = np.arange(300_000) / 100
        rng = np.random.default_rng(3)
        file.append([Signal(rng.normal(size=len(time)), time, name=f"s{number}") for number in range(3)])
        file.save(path, compression=compression, overwrite=True)
    whole, _, _ = read(path)
    raw = bytearray(path.read_bytes())
    last = raw.rfind(b"##DZ" if compression else b"##DT")
    if compression == 0:
        raw[last : last + 4] = b"##XX"
    else:
        raw[last + 4000] ^= 0x20
    path.write_bytes(raw)
    values, messages, quarantine = read(path)
    (lost,) = quarantine
    assert lost["reason"] == "bad_mf4"
    assert lost["byte_offset"] is not None
    assert len(messages) + int(lost["num_messages"]) == 300_000  # type: ignore[call-overload]
    assert lost["record_index"] == len(messages)
    for name, found in values.items():
        np.testing.assert_array_equal(found, whole[name][: len(found)])


def test_without_the_extra_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "signals.mf4", 0, 10)
    monkeypatch.setattr("spark_jobs.readers.can_logs.find_spec", lambda name: None)
    (problem,) = mdf4.plan(source(path)).problems
    assert problem.reason == "missing_extra"
