"""kill -9 of a real `longtail ingest`, and the content of a lake as something that can be compared."""

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

GIVE_UP_S = 240
# What says when and where rather than what: it may differ between two runs that did the same.
_CIRCUMSTANCE = ("received_at_ns", "bronze_at_ns", "silver_at_ns", "bronze_version", "silver_version")


def contents() -> dict[str, list[str]]:
    """Every row of bronze, silver and the ledger as sorted text; independent of order, files and versions."""
    found = {}
    for table in lake.tables():
        if table.startswith(("bronze.", "silver.")) or table == "ops.ingest_ledger":
            rows = lake.read(table)
            kept = rows.drop_columns([name for name in _CIRCUMSTANCE if name in rows.column_names])
            found[table] = sorted(map(_text, kept.to_pylist()))
    return found


def _text(row: dict[str, object]) -> str:
    return json.dumps(row, default=bytes.hex, sort_keys=True)


def start_ingest(landing: Path, lake_root: Path) -> subprocess.Popen[bytes]:
    """`longtail ingest landing` into `lake_root`, in a process group of its own."""
    command = [Path(sys.executable).with_name("longtail"), "ingest", landing]
    return subprocess.Popen(
        command,
        env=environment(lake_root),
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
        raise AssertionError(f"the ingest neither ended nor came to the point in {GIVE_UP_S} s")
    return False
