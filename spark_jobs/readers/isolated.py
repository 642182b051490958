"""The child of isolation.py: reads files under a memory limit and answers on standard output until its parent ends."""

import json
import os
import resource
import sys
from dataclasses import asdict
from importlib import import_module
from types import ModuleType
from typing import Any, BinaryIO

import pyarrow as pa

from spark_jobs.readers import limits
from spark_jobs.readers.isolation import FRAME
from spark_jobs.readers.source import Problem, SourceFile, Task


def main() -> None:
    """Answer each request line of standard input."""
    # A library that prints must not write into the answers: they go to a copy of the descriptor.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        request = json.loads(line)
        source = _source(request["source"])
        reader = import_module(request["module"])
        _limit_memory()
        if request["do"] == "plan":
            _put(answers, "plan", _plan(reader, source))
        else:
            start, stop, first = request["task"]
            _read(answers, reader, Task(source, start, stop, first))
        _put(answers, "end")


def _source(raw: dict[str, Any]) -> SourceFile:
    return SourceFile(**{**raw, "dbc_paths": tuple((bus, path) for bus, path in raw["dbc_paths"])})


def _limit_memory() -> None:
    """What the process has now, and CHILD_MEMORY_BYTES more. macOS ignores it; the time limit holds there too."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if os.path.exists("/proc/self/statm"):
        with open("/proc/self/statm", "rb") as file:
            used = int(file.read().split()[0]) * resource.getpagesize()
    limit = used + limits.CHILD_MEMORY_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _plan(reader: ModuleType, source: SourceFile) -> bytes:
    try:
        plan = reader.plan(source)
    except Exception as error:  # whatever a broken file makes a library do: it costs this file
        problem = _failure(error, 0)
        return json.dumps({"tasks": [], "problems": [asdict(problem)]}).encode()
    told = {name: value for name, value in vars(plan).items() if name not in ("source", "tasks", "problems")}
    told["tasks"] = [
        {"start": task.start, "stop": task.stop, "first_record_index": task.first_record_index} for task in plan.tasks
    ]
    told["problems"] = [asdict(problem) for problem in plan.problems]
    return json.dumps(told).encode()


def _read(answers: BinaryIO, reader: ModuleType, task: Task) -> None:
    try:
        for table, rows in reader.read(task):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, rows.schema) as stream:
                stream.write_table(rows)
            _put(answers, table, sink.getvalue())
    except Exception as error:  # as above; the parent raises it, so that the whole file is put aside
        _put(answers, "failure", json.dumps(asdict(_failure(error, task.start))).encode())


def _failure(error: Exception, start: int) -> Problem:
    reason = "over_budget" if isinstance(error, MemoryError | pa.ArrowMemoryError) else "reader_failed"
    return Problem(reason, f"the reader failed at {start}: {type(error).__name__}: {error}"[:500], byte_offset=0)


def _put(answers: BinaryIO, kind: str, content: bytes | pa.Buffer | None = None) -> None:
    for part in (kind.encode(), content):
        if part is not None:
            answers.write(len(part).to_bytes(FRAME, "little"))
            answers.write(part)
    answers.flush()


if __name__ == "__main__":
    main()
