"""Damaged and hostile MCAP files: what is whole is read, what is not is reported, and memory stays bounded."""

import struct
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from mcap.writer import CompressionType
from mcap_recordings import NO_SUMMARY, official, read_all, write_mcap

from spark_jobs.readers.limits import MAX_CHUNK_BYTES
from tests.faults.hostile_recordings import bomb, chunk, container

VARIANTS: dict[str, dict[str, Any]] = {
    "zstd": {},
    "lz4": {"compression": CompressionType.LZ4},
    "none": {"compression": CompressionType.NONE},
    "no summary": NO_SUMMARY,
}


def key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["topic"], row["log_time_ns"], row["sequence"], row["crc32"]


def keys(tables: dict[str, pa.Table]) -> Counter[tuple[Any, ...]]:
    return (
        Counter(key(row) for row in tables["bronze.messages"].to_pylist()) if "bronze.messages" in tables else Counter()
    )


def quarantined(tables: dict[str, pa.Table]) -> list[dict[str, Any]]:
    return tables["bronze.quarantine"].to_pylist() if "bronze.quarantine" in tables else []


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_flipped_bit_is_reported_or_changes_nothing(variant: str, tmp_path: Path) -> None:
    """240 flips over the whole file: never a wrong or missing message without a word."""
    path = write_mcap(tmp_path / "recording.mcap", ticks=3, **VARIANTS[variant])
    whole = path.read_bytes()
    _, tables = read_all(path)
    expected = keys(tables)
    rng = np.random.default_rng(7)
    for position in rng.integers(0, len(whole), 60):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << int(rng.integers(0, 8))
        path.write_bytes(damaged)
        plan, tables = read_all(path)
        assert not (keys(tables) - expected), f"a message that was never recorded, flip at {position}"
        is_reported = bool(plan.problems or quarantined(tables))
        is_declared = plan.recorder_num_messages not in (None, sum(keys(tables).values()))
        assert is_reported or is_declared or keys(tables) == expected, f"loss without a word, flip at {position}"


@pytest.mark.parametrize("variant", [*VARIANTS, "not chunked"])
def test_a_cut_file_keeps_every_whole_chunk(variant: str, tmp_path: Path) -> None:
    options = VARIANTS.get(variant, {"use_chunking": False})
    path = write_mcap(tmp_path / "recording.mcap", ticks=12, **options)
    whole = path.read_bytes()
    _, tables = read_all(path)
    rows = tables["bronze.messages"].sort_by("record_index").to_pylist()
    ends = record_ends(whole)
    for cut in np.random.default_rng(3).integers(100, len(whole) - 1, 25):
        path.write_bytes(whole[:cut])
        plan, tables = read_all(path)
        reasons = {row["reason"] for row in quarantined(tables)}
        complete = [
            row
            for row in rows
            if ends[row["chunk_offset"] if row["chunk_offset"] is not None else row["payload_offset"] - 31] <= cut
        ]
        assert keys(tables) == Counter(map(key, complete)), f"cut at {cut}"
        assert reasons == {"truncated"}
        assert plan.recorder_num_messages is None


def record_ends(whole: bytes) -> dict[int, int]:
    """Where each record of the file ends, by where it starts."""
    at, ends = 8, {}
    while at + 9 <= len(whole) - 8:
        length = struct.unpack_from("<Q", whole, at + 1)[0]
        ends[at] = at + 9 + length
        at = ends[at]
    return ends


def test_a_damaged_chunk_costs_its_own_messages_only(tmp_path: Path) -> None:
    path = write_mcap(tmp_path / "recording.mcap")
    before, tables = read_all(path)
    rows = tables["bronze.messages"].to_pylist()
    victim = sorted({row["chunk_offset"] for row in rows})[3]
    damaged = bytearray(path.read_bytes())
    damaged[victim + 200] ^= 0x10
    path.write_bytes(damaged)
    _, tables = read_all(path)
    lost = [row for row in rows if row["chunk_offset"] == victim]
    (trouble,) = quarantined(tables)
    assert trouble["reason"] in ("bad_crc", "bad_chunk")
    assert (trouble["byte_offset"], trouble["num_messages"]) == (victim, len(lost))
    assert trouble["record_index"] == min(row["record_index"] for row in lost)
    assert keys(tables) == Counter(key(row) for row in rows if row["chunk_offset"] != victim)
    left = {row["record_index"] for row in tables["bronze.messages"].to_pylist()}
    assert left == {row["record_index"] for row in rows} - {row["record_index"] for row in lost}
    assert before.recorder_num_messages == len(left) + trouble["num_messages"]


def test_a_damaged_summary_is_reported_and_loses_nothing(tmp_path: Path) -> None:
    path = write_mcap(tmp_path / "recording.mcap")
    _, tables = read_all(path)
    expected = keys(tables)
    damaged = bytearray(path.read_bytes())
    damaged[-200] ^= 1
    path.write_bytes(damaged)
    plan, tables = read_all(path)
    assert [problem.reason for problem in plan.problems] == ["bad_summary"]
    assert keys(tables) == expected


def test_a_message_index_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = write_mcap(tmp_path / "recording.mcap", ticks=6)
    _, tables = read_all(path)
    expected, whole = keys(tables), path.read_bytes()
    ends = record_ends(whole)
    index = next(at for at in ends if whole[at] == 7)
    damaged = bytearray(whole)
    damaged[index + 9 + 6 + 8 : index + 9 + 6 + 16] = struct.pack("<Q", 5)
    path.write_bytes(damaged)
    _, tables = read_all(path)
    assert keys(tables) == expected
    assert [row["reason"] for row in quarantined(tables)] == ["bad_index"]


HOSTILE = {
    "a chunk that claims a terabyte": (chunk(b"x" * 100, 1 << 40), "over_budget"),
    "a bomb that admits its size": (chunk(bomb(256 << 20), 256 << 20), "over_budget"),
    "a bomb within budget by its ratio": (chunk(bomb(32 << 20), 32 << 20), "over_budget"),
    "a bomb that claims to be small": (chunk(bomb(256 << 20), 1 << 20), "bad_chunk"),
    "a record of 2^62 bytes": (b"\x05" + struct.pack("<Q", 1 << 62), "truncated"),
    "an unknown compression": (chunk(b"abc", 3, b"brotli"), "unknown_compression"),
    "a message without a channel": (b"\x05" + struct.pack("<QHIQQ", 22, 9, 0, 1, 1), "unknown_channel"),
    "a message beyond the year 2262": (b"\x05" + struct.pack("<QHIQQ", 22, 9, 0, 1 << 63, 1), "bad_time"),
    "a message shorter than its header": (b"\x05" + struct.pack("<QH", 2, 1), "truncated"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_with_a_reason_and_bounded_memory(name: str, tmp_path: Path) -> None:
    record, reason = HOSTILE[name]
    path = tmp_path / "hostile.mcap"
    path.write_bytes(container(record))
    tracemalloc.start()
    _, tables = read_all(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reason in {row["reason"] for row in quarantined(tables)}
    assert peak < 2 * MAX_CHUNK_BYTES


def test_a_text_file_named_mcap_is_not_mcap(tmp_path: Path) -> None:
    path = tmp_path / "notes.mcap"
    path.write_text("these are notes")
    plan, _ = read_all(path)
    assert [(problem.reason, problem.byte_offset) for problem in plan.problems] == [("not_mcap", 0)]
    assert plan.tasks == []


def test_messages_that_do_not_decode_are_still_indexed(tmp_path: Path) -> None:
    """Some IMU payloads are cut: the rest decode, all are in bronze.messages, and the failures are told."""
    import mcap_recordings

    path = tmp_path / "recording.mcap"
    original = mcap_recordings.payloads

    def cut(seed: int, ticks: int) -> Any:
        for number, item in enumerate(original(seed, ticks)):
            *front, payload = item
            yield (*front, payload[:40] if item[0] == "/imu" and number % 5 == 2 else payload)

    mcap_recordings.payloads = cut
    try:
        write_mcap(path)
    finally:
        mcap_recordings.payloads = original
    _, tables = read_all(path)
    rows = [row for row in tables["bronze.messages"].to_pylist() if row["topic"] == "/imu"]
    failed = [row for row in rows if row["num_payload_bytes"] == 40]
    assert 0 < len(failed) < len(rows) == 60
    assert all((row["stream"] is None) == (row["num_payload_bytes"] == 40) for row in rows)
    assert tables["bronze.imu_samples"].num_rows == len(rows) - len(failed)
    troubles = quarantined(tables)
    assert {(row["topic"], row["reason"], row["num_messages"]) for row in troubles} == {("/imu", "undecodable", 0)}


def test_the_official_reader_agrees_that_the_test_file_is_whole(tmp_path: Path) -> None:
    path = write_mcap(tmp_path / "recording.mcap", ticks=6)
    assert len(official(path)) == sum(keys(read_all(path)[1]).values())
