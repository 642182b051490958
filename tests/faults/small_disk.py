"""A lake on a disk that fills up, then one that turns read-only: `python -m tests.faults.small_disk FOLDER`.

FOLDER is a tmpfs of this process's own namespace, made so by `unshare -rm`; prints one line of JSON about how it went.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow as pa
from deltalake.exceptions import DeltaError

from longtail import lake
from spark_jobs.orphans import sweep
from tests.faults import batches

_REFUSED = (OSError, DeltaError, pa.ArrowException)
_STEP_BYTES = 3_000  # about a tenth of what a wave takes
_STEPS = 20


def main(folder: Path) -> None:
    """Deliver while ever more room is left, so that it runs out at every step of a delivery; then read-only."""
    os.environ["LONGTAIL_LAKE"] = str(folder / "lake")
    errors: Counter[str] = Counter()
    filler = folder / "filler"
    wave = [0, 1, 5]
    for step in range(_STEPS):
        _fill(folder, filler, leave=step * _STEP_BYTES)
        errors[_refusal(wave)] += 1
        filler.unlink()
        if step % 2:
            batches.deliver(wave, lambda point: None)
            wave = [number + 10 for number in wave]
    batches.deliver(wave, lambda point: None)
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    read_only = _refusal([99])
    subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
    delivered = [number for number in range(wave[-1] + 1) if number % 10 in (0, 1, 5)]
    swept = sum(sweep(table, older_than_s=-1) for table in batches.TABLES)
    wrong = batches.wrong(delivered)
    versions = {table: batches.unreadable_versions(table) for table in batches.TABLES}
    print(json.dumps({"errors": errors, "read_only": read_only, "wrong": wrong, "versions": versions, "swept": swept}))


def _refusal(wave: list[int]) -> str:
    """The error that a delivery ends with; "" when it went well."""
    try:
        batches.deliver(wave, lambda point: None)
    except _REFUSED as error:
        return f"{type(error).__name__}: {error}"[:200]
    return ""


def _fill(folder: Path, filler: Path, leave: int) -> None:
    """Write to `filler` until `leave` bytes are free."""
    room = os.statvfs(folder)
    filler.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - leave)))


if __name__ == "__main__":
    assert lake.LAYERS
    main(Path(sys.argv[1]))
