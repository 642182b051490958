"""A reader that does what the first word of its file says: what a library may do with a file that is made for it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.source import FilePlan, SourceFile, Task


def plan(source: SourceFile) -> FilePlan:
    """One task, unless the file says that planning is where it goes wrong."""
    when, what = Path(source.path).read_text().split()
    if when == "plan":
        _misbehave(what)
    return FilePlan(source, [Task(source, 0, 1, 0)], recorder_num_messages=1)


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """A first table that is right, then what the file says."""
    rows = {"file_id": ["f"], "project_id": ["p"], "drive_id": ["d"], "record_index": [0], "topic": ["t"]}
    rows |= {"message_encoding": ["other"], "log_time_ns": [1], "num_payload_bytes": [0], "crc32": [0]}
    yield "bronze.messages", conform("bronze.messages", pa.table(rows))
    _misbehave(Path(task.source.path).read_text().split()[1])


def _misbehave(what: str) -> None:
    if what == "die":
        os.abort()
    elif what == "hang":
        time.sleep(600)
    elif what == "eat":
        np.ones(8 << 30, np.uint8)
    elif what == "print":
        print("a line on standard output", flush=True)
    elif what == "raise":
        raise KeyError("a broken block")
