"""From a file to its rows: asks the reader of its format, and says why a file cannot be read at all."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa

from spark_jobs.readers import isolation
from spark_jobs.readers.finite import only_finite
from spark_jobs.readers.formats import BY_NAME, COMPANIONS, is_unsupported
from spark_jobs.readers.limits import MAX_COMPANION_BYTES
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine


def plan(source: SourceFile) -> FilePlan:
    """How to read `source`. A file that cannot be read has a problem and no task; nothing is raised."""
    refusal = _refusal(source)
    if refusal is not None:
        return FilePlan(source, [], problems=[refusal])
    if source.format in COMPANIONS:
        return FilePlan(source, [])
    planned: FilePlan = _reader(source).plan(source)
    return _believable(planned)


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """The rows of `task` by table, with bronze.quarantine. Tables conform to their contracts; numbers are finite."""
    for name, rows in _reader(task.source).read(task):
        finite, problems = only_finite(name, rows)
        yield name, finite
        yield from yield_quarantine(task.source, problems)


def _believable(plan: FilePlan) -> FilePlan:
    """`plan` without figures that no table can hold: what a file says of itself is a claim."""
    claims = {name: getattr(plan, name) for name in ("recorder_num_messages", "min_log_time_ns", "max_log_time_ns")}
    absurd = {name: value for name, value in claims.items() if value is not None and not 0 <= value < 1 << 63}
    counts = plan.recorder_topics or {}
    if any(not 0 <= count.num_messages < 1 << 63 for count in counts.values()):
        absurd["recorder_topics"] = counts
    if not absurd:
        return plan
    detail = f"the file claims {', '.join(f'{name} = {str(value)[:40]}' for name, value in sorted(absurd.items()))}"
    problem = Problem("bad_summary", f"{detail}; not believed", byte_offset=0)
    unknown: dict[str, Any] = dict.fromkeys(absurd)
    return replace(plan, **unknown, problems=[*plan.problems, problem])


def _reader(source: SourceFile) -> ModuleType:
    form = BY_NAME[source.format]
    assert form.module is not None  # noqa: S101 - companions are never read: plan() gives them no task
    return isolation if form.is_isolated else import_module(form.module)


def _refusal(source: SourceFile) -> Problem | None:
    """Why `source` cannot be read at all; None when it can be tried."""
    path = Path(source.path)
    if source.num_bytes == 0:
        return Problem("empty_file", f"{path.name} has no bytes", byte_offset=0)
    if source.format in ("drive_json", "dbc") and source.num_bytes > MAX_COMPANION_BYTES:
        detail = f"{path.name} has {source.num_bytes} bytes; the budget is {MAX_COMPANION_BYTES}"
        return Problem("over_budget", detail, byte_offset=MAX_COMPANION_BYTES)
    if source.format == "drive_json":
        return _drive_json_problem(path)
    if source.format == "dbc":
        return _dbc_problem(path)
    form = BY_NAME.get(source.format)
    if form is None:
        if is_unsupported(path):
            return Problem("unsupported_format", f"{path.name} is of a format that is not read yet", byte_offset=0)
        return Problem("unknown_format", f"{path.name} is of no format that is known here", byte_offset=0)
    with path.open("rb") as file:
        head = file.read(8)
    if form.magic and not head.startswith(form.magic):
        reason = f"not_{'feather' if source.format.startswith('av2') else source.format}"
        return Problem(reason, f"{path.name} does not start as such a file: {head[:8]!r}", byte_offset=0)
    return None


def _dbc_problem(path: Path) -> Problem | None:
    from spark_jobs.readers.dbc import DbcError, load  # the parser takes a second to import: only where there is a DBC

    try:
        load(str(path))
    except DbcError as error:
        return Problem("bad_dbc", str(error))
    return None


def _drive_json_problem(path: Path) -> Problem | None:
    try:
        declared = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        return Problem("bad_drive_json", f"{path.name} is not JSON: {error}")
    if not isinstance(declared, dict):
        return Problem("bad_drive_json", f"{path.name} holds no JSON object")
    return None
