"""MCAP per core: our reader beside C++ (which believes the file and checks no CRC) and the official Python decoders.

Processor seconds count, so that other work on the machine does not. The official decoders get a twentieth of the drive
and their time is scaled. `--memory` also reads a 4 GB recording and prints the peak memory of the task.
"""

import cProfile
import hashlib
import mmap
import os
import pstats
import shutil
import subprocess
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from unittest.mock import patch

import numpy as np
import official_mcap
from one_core import OneCore
from recordings import CACHE, mixed_drive
from repeated import repeated
from side_by_side import Contestant, Goal, conclude, measure

from longtail.contracts import all_tables
from spark_jobs.bronze.worker import run_task
from spark_jobs.readers import compiled, crc_kernel, mcap_channels, registry
from spark_jobs.readers.source import SourceFile

ANCHORS = Path(__file__).parent / "anchors"
SECONDS, PART = 480, 24
LARGE_BYTES = 4_000_000_000
STAGES = {
    "preadv": "read",
    "readinto": "decompress",
    "crc32": "CRC",
    "cdr_kernel.py": "CDR",
    "protobuf_kernel.py": "protobuf",
    "json_kernel.py": "JSON",
    "bytes_kernel.py": "record walk and texts",
    "contracts.py": "contracts",
}


class Anchor:
    """A C++ program that prints its own processor seconds and an answer."""

    def __init__(self, name: str, program: Path, path: Path) -> None:
        self.command, self.seconds = [str(program), str(path)], 0.0
        self.contestant = Contestant(name, self.run, path.stat().st_size, lambda: self.seconds)

    def run(self) -> int:
        seconds, answer = subprocess.run(self.command, capture_output=True, check=True, text=True).stdout.split()
        self.seconds = float(seconds)
        return int(answer)


def anchor(name: str) -> Path:
    """The compiled program anchors/<name>.cpp; ends the bench where it cannot be compiled."""
    if shutil.which("g++") is None or not Path("/usr/include/zstd.h").exists():
        sys.exit("the anchors need g++ and libzstd-dev")
    CACHE.mkdir(parents=True, exist_ok=True)
    program = CACHE / name
    options = ["-O3", "-march=native", "-std=c++20", "-o", str(program)]
    subprocess.run(["g++", *options, str(ANCHORS / f"{name}.cpp"), "-lzstd"], check=True)
    return program


def source(path: Path) -> SourceFile:
    return SourceFile(str(path), "ab" * 32, "local", "drive-1", "mcap", path.stat().st_size, {})


def rows(path: Path) -> int:
    """Rows of all tables, read as a task of ingest reads them; nothing is kept."""
    return sum(table.num_rows for task in registry.plan(source(path)).tasks for _, table in registry.read(task))


def bronze(path: Path) -> int:
    """Rows of bronze.messages alone, CRCs included: as if no message type were known."""
    with patch.object(mcap_channels, "stream_of", lambda *_: None):
        return rows(path)


def without_numba(path: Path) -> int:
    with patch.object(compiled, "enabled", lambda: False):
        return rows(path)


def limits_of_the_machine(path: Path) -> Iterator[tuple[str, float]]:
    """(what, GB/s) of what no reader can beat here."""
    data = np.fromfile(path, np.uint8)
    other = np.empty_like(data)
    number, found = np.zeros(1, np.int64), np.zeros(1, np.int64)

    def from_page_cache() -> None:
        with path.open("rb", buffering=0) as file:
            buffer = memoryview(mmap.mmap(-1, 1 << 20))
            while file.readinto(buffer):
                pass

    works: dict[str, Callable[[], object]] = {
        "page cache": from_page_cache,
        "memcpy": lambda: np.copyto(other, data),
        "CRC-32, ours": lambda: crc_kernel.crc32(data, number, number + len(data), found),
        "CRC-32, zlib": lambda: zlib.crc32(data),
        "sha256": lambda: hashlib.sha256(data).digest(),
    }
    for name, work in works.items():
        work()
        start = process_time()
        work()
        yield name, len(data) / (process_time() - start) / 1e9


def stages(path: Path) -> dict[str, float]:
    """Processor seconds of typed ingest by stage."""
    profile = cProfile.Profile(process_time)
    profile.runcall(rows, path)
    found: dict[str, float] = defaultdict(float)
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        keys = (Path(file).name, name.strip("<>").split("'")[1] if "'" in name else name)
        found[next((stage for key, stage in STAGES.items() if key in keys), "rows, Arrow and Python")] += own
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def sha256_s(path: Path) -> float:
    """Processor seconds of the hash that names the file."""
    start = process_time()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return process_time() - start


def landing_s(path: Path) -> float:
    """Processor seconds of all that Spark tasks do with the file: read it, and write bronze Parquet."""
    with TemporaryDirectory(dir=CACHE) as folder:
        folders = {table: f"{folder}/{table}" for table in all_tables() if table.startswith("bronze.")}
        start = process_time()
        reports = [run_task(task, folders) for task in registry.plan(source(path)).tasks]
        took = process_time() - start
    assert not any(report.failure for report in reports)
    return took


def peak_memory(path: Path) -> int:
    """Peak bytes of a process that reads `path` task by task, as it says itself: getrusage counts its parent's too."""
    code = (
        "import sys, pathlib, bench_mcap; bench_mcap.rows(pathlib.Path(sys.argv[1]));"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    command, found = [sys.executable, "-c", code, str(path)], os.environ | {"PYTHONPATH": str(ANCHORS.parent)}
    return int(subprocess.run(command, check=True, env=found, capture_output=True, text=True).stdout) * 1024


def main() -> None:
    path, part = mixed_drive(SECONDS), mixed_drive(PART)
    size, scale = path.stat().st_size, path.stat().st_size / part.stat().st_size
    rows(part)  # kernels compiled, libraries loaded
    measured = measure(
        [
            Anchor("C++ iterate", anchor("iterate"), path).contestant,
            OneCore("bronze with CRC", lambda: bronze(path), size).contestant,
            Anchor("C++ columns", anchor("columns"), path).contestant,
            OneCore("typed", lambda: rows(path), size).contestant,
            OneCore("typed, numpy only", lambda: without_numba(path), size).contestant,
        ]
    )
    measured += measure(
        [
            OneCore("official bronze", lambda: official_mcap.bronze(part), size, scale).contestant,
            OneCore("official typed", lambda: official_mcap.typed(part), size, scale).contestant,
        ],
        rounds=1,
    )
    by_name = {each.name: each for each in measured}
    assert by_name["C++ columns"].answer == by_name["typed"].answer == by_name["typed, numpy only"].answer
    assert by_name["C++ iterate"].answer == by_name["bronze with CRC"].answer
    if "--json" not in sys.argv:
        print("  ".join(f"{name} {speed:.1f} GB/s" for name, speed in limits_of_the_machine(path)))
        spent = stages(path)
        print("typed, s:", "  ".join(f"{name} {seconds:.2f}" for name, seconds in spent.items()))
        sha, land = sha256_s(path), landing_s(path)
        share = (spent["CRC"] + sha) / (land + sha)
        print(f"ingest, s: CRC {spent['CRC']:.2f}, sha256 {sha:.2f}, of {land + sha:.2f} with Parquet: {share:.0%}")
    if "--memory" in sys.argv:
        large = repeated(path, LARGE_BYTES)
        print(f"{large.stat().st_size / 1e9:.1f} GB read within {peak_memory(large) / 1e6:.0f} MB of memory")
        large.unlink()
    conclude(
        f"MCAP, {size / 1e6:.0f} MB, one core",
        measured,
        [
            Goal("typed", "C++ columns", 0.5),
            Goal("typed, numpy only", "C++ columns", 0.2),
            Goal("typed", "official typed", 10),
            Goal("bronze with CRC", "C++ iterate", 0.45),
            # 20 x official Python has two readings: the decoder path, as in performance.md, and bronze against bronze.
            Goal("bronze with CRC", "official typed", 20),
            Goal("bronze with CRC", "official bronze", 20),
        ],
    )


if __name__ == "__main__":
    main()
