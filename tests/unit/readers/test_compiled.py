"""The compiled kernels: the same tables as plain numpy, the same CRC as zlib, and no cost where they are not used."""

import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from mcap_recordings import NO_SUMMARY, read_all, write_mcap

from spark_jobs.readers import compiled
from spark_jobs.readers.mcap_chunks import payload_crcs

WAYS: dict[str, dict[str, Any]] = {
    "chunks": {},
    "not chunked": {"use_chunking": False, **NO_SUMMARY},
}
ORDER = ("topic", "record_index", "object_index", "boundary_index", "reason")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_plain_numpy_gives_the_tables_that_the_kernels_give(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = write_mcap(tmp_path / "recording.mcap", seed=4, **WAYS[way])
    _, by_kernels = read_all(recording)
    monkeypatch.setattr(compiled, "enabled", lambda: False)
    _, by_numpy = read_all(recording)
    assert set(by_kernels) == set(by_numpy)
    for name, table in by_kernels.items():
        assert ordered(table).equals(ordered(by_numpy[name])), name


def ordered(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in ORDER if name in table.column_names]).combine_chunks()


def test_a_damaged_file_costs_the_same_messages_with_and_without_kernels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = write_mcap(tmp_path / "recording.mcap", use_chunking=False, **NO_SUMMARY).read_bytes()
    damaged = tmp_path / "damaged.mcap"
    rng = np.random.default_rng(6)
    for _ in range(12):
        octets = bytearray(whole)
        for at in rng.integers(2000, len(octets), 8):
            octets[at] ^= 1 << int(rng.integers(0, 8))
        damaged.write_bytes(octets)
        with monkeypatch.context() as patched:
            _, by_kernels = read_all(damaged)
            patched.setattr(compiled, "enabled", lambda: False)
            _, by_numpy = read_all(damaged)
        for name in ("bronze.messages", "bronze.objects", "bronze.can_frames", "bronze.ego_poses"):
            rows = [tables[name] for tables in (by_kernels, by_numpy) if name in tables]
            assert len(rows) == 2
            assert ordered(rows[0]).equals(ordered(rows[1])), name


def test_the_crc_is_the_one_of_zlib_at_every_length_and_alignment() -> None:
    data = np.random.default_rng(5).integers(0, 256, 5_000).astype(np.uint8)
    start = np.array([at for length in range(300) for at in (0, length % 7 + 1)] + [3, 0])
    length = np.array([length for length in range(300) for _ in range(2)] + [4_321, 5_000])
    expected = [zlib.crc32(data[a : a + n].tobytes()) for a, n in zip(start, length, strict=True)]
    assert payload_crcs(data, start, length).tolist() == expected


def run(code: str, **environment: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | environment).stdout


def test_importing_a_reader_does_not_load_the_compiler() -> None:
    assert run("import sys, spark_jobs.readers.mcap; print('numba' in sys.modules)").strip() == "False"


def test_kernels_work_where_no_machine_code_can_be_kept(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    code = "from spark_jobs.readers import bytes_kernel as k; import numpy as np; o = np.zeros(4, np.int64)\n"
    code += "print(k.index_offsets(np.zeros(3, np.uint8), o))"
    assert run(code, LONGTAIL_CACHE=str(occupied)).strip() == "0"
