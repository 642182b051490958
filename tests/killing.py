"""kill -9 of a real `longtail` command, and the content of a lake as something that can be compared."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from longtail import lake
from tests.conftest import environment

GIVE_UP_S = 900
# What says when and where rather than what: it may differ between two runs that did the same.
_CIRCUMSTANCE = {"received_at_ns", "bronze_at_ns", "silver_at_ns", "bronze_version", "silver_version"}
_CIRCUMSTANCE |= {"curated_at_ns", "silver_to_curated_s", "received_to_curated_s"}
INGESTED = ("bronze.", "silver.", "ops.ingest_")
CURATED = ("marts.",)


def contents(tables: tuple[str, ...]) -> dict[str, list[str]]:
    """Every row of the tables whose names begin so, as sorted text; independent of order, files and versions."""
    found = {}
    for table in lake.tables():
        if table.startswith(tables):
            rows = lake.read(table)
            kept = rows.drop_columns([name for name in rows.column_names if name in _CIRCUMSTANCE])
            found[table] = sorted(map(_text, kept.to_pylist()))
    return found


def differing(found: dict[str, list[str]], expected: dict[str, list[str]]) -> dict[str, list[str]]:
    """The tables of which two `contents` say something else, with up to four of the rows that only one of them has."""
    tables = {table for table in found | expected if found.get(table) != expected.get(table)}
    return {table: sorted({*found.get(table, ())} ^ {*expected.get(table, ())})[:4] for table in sorted(tables)}


def _text(row: dict[str, object]) -> str:
    return json.dumps(row, default=bytes.hex, sort_keys=True)


def start(lake_root: Path, *arguments: object, **variables: str) -> subprocess.Popen[bytes]:
    """`longtail` with these arguments on the lake at `lake_root`, in a process group of its own.

    `variables` are added to its environment.
    """
    return subprocess.Popen(
        [Path(sys.executable).with_name("longtail"), *map(str, arguments)],
        env=environment(lake_root) | variables,
        cwd=lake_root.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill_when(process: subprocess.Popen[bytes], is_time: Callable[[], bool]) -> bool:
    """kill -9 `process` and its JVM as soon as `is_time`; False when it ended before that."""
    started = monotonic()
    while process.poll() is None and monotonic() - started < GIVE_UP_S:
        if is_time():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        sleep(0.005)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise AssertionError(f"the command neither ended nor came to the point in {GIVE_UP_S} s")
    return False
