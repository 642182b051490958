"""Commit time over 1,000 versions of a bronze table by the product's commit, and behind 100,000 source files."""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa

from longtail import lake
from longtail.contracts import conform
from longtail.settings import settings
from spark_jobs.bronze.parquet import write_part
from spark_jobs.commit import Part, commit_parts

TABLE = "bronze.camera_frames"
VERSIONS = 1_000
FILES, FILES_EACH = 100_000, 10_000
GOAL_P99_S = 0.1


def parts(first: int, count: int, like: Part) -> list[Part]:
    """`count` parts of as many source files. What is measured is the log, so they have no bytes of their own."""
    folder, size = lake.location(TABLE), like.num_bytes
    return [
        Part(TABLE, f"{folder}/part-{n:08d}.parquet", size, 1, like.stats, f"drive-{n // 4:06d}/{n:064x}")
        for n in range(first, first + count)
    ]


def commit_times(batches: list[list[Part]]) -> list[float]:
    """Seconds of one commit per batch: open the table, look up what is known, write the version, checkpoint."""
    times = []
    for batch in batches:
        started = perf_counter()
        assert commit_parts(TABLE, batch) == len(batch)
        times.append(perf_counter() - started)
    return times


def main() -> None:
    """Measure and print; with --check exit with 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="figures for a machine")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LONGTAIL_LAKE"] = folder
        settings.cache_clear()
        row = {"project_id": "p", "drive_id": "d", "file_id": "f", "record_index": 0, "topic": "/c", "log_time_ns": 1}
        rows = conform(TABLE, pa.Table.from_pylist([row | {"num_payload_bytes": 1}]))
        like = write_part(TABLE, [rows], lake.location(TABLE), "x", "x")
        times = np.array(commit_times([parts(n, 1, like) for n in range(VERSIONS)]))
        for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
            figures[f"{VERSIONS} versions, {name}, ms"] = float(np.quantile(times, share) * 1e3)
        figures["last 100 versions, p99, ms"] = float(np.quantile(times[-100:], 0.99) * 1e3)
        log = Path(lake.location(TABLE)) / "_delta_log"
        figures["checkpoints"] = len(list(log.glob("*.checkpoint.parquet")))
        batches = [parts(first, FILES_EACH, like) for first in range(VERSIONS, VERSIONS + FILES, FILES_EACH)]
        bulk = commit_times(batches)
        figures[f"{FILES_EACH} files in one commit, first, ms"] = bulk[0] * 1e3
        figures[f"{FILES_EACH} files in one commit, after {FILES - FILES_EACH} files, ms"] = bulk[-1] * 1e3
        single = commit_times([parts(VERSIONS + FILES + n, 1, like) for n in range(50)])
        figures[f"one file after {FILES} files, p50, ms"] = float(np.median(single) * 1e3)
    print(json.dumps(figures) if options.json else "\n".join(f"{k:48} {v:10.1f}" for k, v in figures.items()))
    reached = figures[f"{VERSIONS} versions, p99, ms"] <= GOAL_P99_S * 1e3
    if not options.json:
        print(f"p99 at {VERSIONS} versions <= {GOAL_P99_S * 1e3:.0f} ms: {'reached' if reached else 'MISSED'}")
    if options.check and not reached:
        sys.exit(1)


if __name__ == "__main__":
    main()
