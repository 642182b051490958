"""Slices of 10 s of one drive before and after compaction of a table of 120 small files: it must not become slower."""

import os
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from longtail import lake
from longtail.contracts import conform
from longtail.query import sql
from longtail.scan import Bounds
from longtail.settings import settings
from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import Part, commit_parts
from spark_jobs.compaction import compact
from tests.bench.side_by_side import Contestant, Goal, conclude, measure

TABLE = "bronze.messages"
DRIVES, FILES_EACH, ROWS = 40, 3, 10_000
SLICES = 20
STEP_NS = 10_000_000
QUERY = """
    select record_index, topic, log_time_ns from bronze.messages
    where drive_id = $drive_id and log_time_ns >= $start_ns and log_time_ns < $end_ns
"""


def use(root: Path) -> None:
    """Make `root` the lake of this process."""
    os.environ["LONGTAIL_LAKE"] = str(root)
    settings.cache_clear()


def one_file(drive: int, number: int) -> Part:
    """A stretch of a drive: 100 s of messages at 100 Hz behind the drive's earlier files."""
    at = np.arange(number * ROWS, (number + 1) * ROWS)
    same = {"project_id": "p", "drive_id": f"drive-{drive:04d}", "file_id": f"{drive:060d}{number:04d}"}
    same |= {"topic": "/imu", "message_encoding": "cdr"}
    columns = {name: pa.repeat(pa.scalar(value), ROWS) for name, value in same.items()}
    numbers = {
        "record_index": at,
        "log_time_ns": at * STEP_NS,
        "num_payload_bytes": at % 300,
        "crc32": at * 7919 % 2**32,
    }
    rows = conform(TABLE, pa.table(columns | numbers))
    return write_part(TABLE, [rows], lake.location(TABLE), "x", f"{drive}/{number}")


def slices(root: Path) -> Callable[[], int]:
    """A function that reads the same random slices of the lake at `root`; returns their rows."""

    def run() -> int:
        use(root)
        draw = random.Random(1)  # noqa: S311 - places, not secrets
        total = 0
        for _ in range(SLICES):
            drive = f"drive-{draw.randrange(DRIVES):04d}"
            start = draw.randrange(FILES_EACH * ROWS - 1_000) * STEP_NS
            end = start + 1_000 * STEP_NS
            values = {"drive_id": drive, "start_ns": start, "end_ns": end}
            total += sql(QUERY, parameters=values, bounds=Bounds(drive, "log_time_ns", start, end)).num_rows
        return total

    return run


def main() -> None:
    """Measure and conclude."""
    with tempfile.TemporaryDirectory() as folder:
        small, together = Path(folder) / "small", Path(folder) / "together"
        use(small)
        for number in range(FILES_EACH):
            for first in range(0, DRIVES, 20):
                commit_parts(TABLE, [one_file(drive, number) for drive in range(first, first + 20)])
        shutil.copytree(small, together)
        use(together)
        done = compact(TABLE)
        before, after = f"{done.num_files_before} files", f"compacted to {done.num_files_after}"
        contestants = [Contestant(before, slices(small)), Contestant(after, slices(together))]
        measured = measure(contestants, rounds=15)
    conclude(f"{SLICES} slices of 10 s", measured, [Goal(after, before, 1.0)])


if __name__ == "__main__":
    main()
