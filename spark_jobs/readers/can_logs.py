"""Bus logs of Vector (BLF, ASC), PEAK (TRC) and candump, read by python-can (LGPL, in the extra `can`)."""

from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice

import pyarrow as pa

from spark_jobs.readers import blf_objects, can_lines
from spark_jobs.readers.can_dialects import LOCAL
from spark_jobs.readers.can_entries import Entry, rows_of
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine

Rows = Iterator[tuple[str, pa.Table]]

BATCH_ENTRIES = 20_000
MAX_SINGLE = 100
"""Troubles that get a quarantine row of their own; the records of the rest share one."""


def missing_extra(library: str) -> Problem | None:
    """The problem of a file whose library is not installed; None when it is."""
    if find_spec(library) is not None:
        return None
    return Problem("missing_extra", f'{library} reads this format; install it with pip install "longtail[can]"')


def plan(source: SourceFile) -> FilePlan:
    """One task: a log is read from front to back. Only BLF counts its own records."""
    missing = missing_extra("can")
    if missing is not None:
        return FilePlan(source, [], problems=[missing])
    try:
        if source.format == "blf":
            counted, problems = blf_objects.header(source.path).num_objects, [Problem("local_time", LOCAL)]
        else:
            counted, problems = None, can_lines.problems_of_header(source.path, source.format)
    except (ValueError, OSError) as error:
        return FilePlan(source, [], problems=[Problem(f"bad_{source.format}", str(error)[:500], byte_offset=0)])
    return FilePlan(source, [Task(source, 0, source.num_bytes, 0)], counted, problems=problems)


def read(task: Task) -> Rows:
    """Frames as bronze.can_frames, every record as bronze.messages. What is damaged stands aside, the rest goes on."""
    source = task.source
    found = (
        blf_objects.entries(source.path) if source.format == "blf" else can_lines.entries(source.path, source.format)
    )
    num_problems = num_more = 0
    first_more: Problem | None = None
    while batch := list(islice(found, BATCH_ENTRIES)):
        entries = [item for item in batch if isinstance(item, Entry)]
        problems = [item for item in batch if isinstance(item, Problem)]
        single = problems[: max(MAX_SINGLE - num_problems, 0)]
        more = problems[len(single) :]
        num_problems += len(problems)
        num_more += sum(problem.num_messages for problem in more)
        first_more = first_more or (more[0] if more else None)
        if entries:
            yield from rows_of(source, entries)
        yield from yield_quarantine(source, single)
    if first_more is not None:
        detail = f"{num_problems - MAX_SINGLE} more troubles, the first: {first_more.detail}"
        rest = Problem(f"{first_more.reason}s", detail, None, first_more.record_index, first_more.byte_offset, num_more)
        yield from yield_quarantine(source, [rest])
