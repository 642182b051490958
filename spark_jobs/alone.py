"""One process at a time: a lock in the lake that the kernel gives back when its holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longtail import lake


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Hold the lock `what` of this lake; waits for another process that holds it.

    Spark's Delta commits of two drivers are not safe on an object store, and the tables of silver are replaced by drive
    from what was read minutes before: the later of two commits would win, with the older rows. On a URI nothing is
    locked: there the scheduler runs one ingest at a time (max_active_runs=1 in dags/ingest.py).
    """
    if "://" in lake.root():
        yield
        return
    folder = Path(lake.root()) / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / what, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
