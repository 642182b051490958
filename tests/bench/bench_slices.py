"""A slice of 10 s of one drive by Longtail beside raw DuckDB on the same Parquet files: one file, and 1,000 of them.

Both answer as a call of its own does, with nothing open before it. Raw DuckDB is told the files; Longtail finds them in
the Delta log, pins the version, and locks the connection to them. Seconds are processor time.
"""

import os
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from longtail import lake
from longtail.contracts import conform
from longtail.query import sql
from longtail.scan import Bounds
from longtail.settings import settings
from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import Part, commit_parts
from tests.bench.one_core import OneCore
from tests.bench.side_by_side import Goal, conclude, measure

TABLE = "bronze.messages"
DRIVES, ROWS = 100, 30_000
STEP_NS = 10_000_000
SLICES, SLICE_ROWS = 10, 1_000
QUERY = """
    select record_index, topic, log_time_ns from {}
    where drive_id = $drive_id and log_time_ns >= $start_ns and log_time_ns < $end_ns
"""


def rows(drives: range, first: int, last: int) -> pa.Table:
    """Messages number `first` to `last` of each of `drives`, at 100 Hz, in the order of the table."""
    each = last - first
    number = np.tile(np.arange(first, last), len(drives))
    names = pa.array([f"drive-{drive:04d}" for drive in drives]).take(pa.array(np.repeat(np.arange(len(drives)), each)))
    same = {"project_id": "p", "file_id": "f" * 64, "topic": "/imu", "message_encoding": "cdr"}
    columns = {name: pa.repeat(pa.scalar(value), len(number)) for name, value in same.items()}
    columns |= {"drive_id": names, "record_index": pa.array(number), "log_time_ns": pa.array(number * STEP_NS)}
    columns |= {"num_payload_bytes": pa.array(number % 300), "crc32": pa.array(number * 7919 % 2**32)}
    return conform(TABLE, pa.table(columns))


def write(root: Path, num_files: int) -> list[str]:
    """The same rows in `num_files` files of the table of the lake `root`; returns their paths."""
    use(root)
    parts: list[Part] = []
    if num_files == 1:
        parts.append(write_part(TABLE, [rows(range(DRIVES), 0, ROWS)], lake.location(TABLE), "x", "all"))
    else:
        each = ROWS * DRIVES // num_files
        for drive in range(DRIVES):
            for first in range(0, ROWS, each):
                batch = rows(range(drive, drive + 1), first, first + each)
                parts.append(write_part(TABLE, [batch], lake.location(TABLE), "x", f"{drive}/{first}"))
    commit_parts(TABLE, parts)
    return [part.path for part in parts]


def use(root: Path) -> None:
    """Make `root` the lake of this process."""
    os.environ["LONGTAIL_LAKE"] = str(root)
    settings.cache_clear()


def places() -> list[dict[str, str | int]]:
    """The same random slices for everyone."""
    draw = random.Random(1)  # noqa: S311 - places, not secrets
    starts = [(f"drive-{draw.randrange(DRIVES):04d}", draw.randrange(ROWS - SLICE_ROWS)) for _ in range(SLICES)]
    return [
        {"drive_id": drive, "start_ns": start * STEP_NS, "end_ns": (start + SLICE_ROWS) * STEP_NS}
        for drive, start in starts
    ]


def by_longtail(root: Path) -> Callable[[], int]:
    """A function that reads the slices from the lake at `root`; returns their rows."""

    def run() -> int:
        use(root)
        return sum(
            sql(
                QUERY.format(TABLE),
                parameters=place,
                bounds=Bounds(str(place["drive_id"]), "log_time_ns", int(place["start_ns"]), int(place["end_ns"])),
            ).num_rows
            for place in places()
        )

    return run


def by_duckdb(paths: list[str]) -> Callable[[], int]:
    """A function that reads the slices with DuckDB from the files at `paths`; returns their rows."""

    def run() -> int:
        total = 0
        for place in places():
            with duckdb.connect() as connection:
                found = connection.sql(QUERY.format("read_parquet($paths)"), params={**place, "paths": paths})
                total += found.to_arrow_table().num_rows
        return total

    return run


def main() -> None:
    """Measure and conclude."""
    with tempfile.TemporaryDirectory() as folder:
        contestants = []
        for number in (1, 1_000):
            root = Path(folder) / f"lake-{number}"
            paths = write(root, number)

            contestants.append(OneCore(f"DuckDB, files: {number}", by_duckdb(paths), 0).contestant)
            contestants.append(OneCore(f"Longtail, files: {number}", by_longtail(root), 0).contestant)
        measured = measure(contestants, rounds=9)
    # as speeds: at most 1.2 times as long is at least 1 / 1.2 as fast
    goals = [Goal("Longtail, files: 1", "DuckDB, files: 1", 1 / 1.2)]
    goals.append(Goal("Longtail, files: 1000", "DuckDB, files: 1000", 1 / 2))
    conclude(f"{SLICES} slices of 10 s", measured, goals)


if __name__ == "__main__":
    main()
