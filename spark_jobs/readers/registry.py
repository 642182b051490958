"""Which reader reads what: one place that maps a file to its format and a format to its module."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pyarrow as pa

from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task

READERS = {
    "mcap": "spark_jobs.readers.mcap",
    "mf4": "spark_jobs.readers.mdf4",
    "av2_annotations": "spark_jobs.readers.av2",
    "av2_poses": "spark_jobs.readers.av2",
    "av2_map": "spark_jobs.readers.av2",
}
COMPANIONS = ("dbc", "drive_json")
"""Formats that describe a drive and hold no records of their own."""

_BY_NAME = (
    (re.compile(r"drive\.json"), "drive_json"),
    (re.compile(r".+\.mcap"), "mcap"),
    (re.compile(r".+\.(mf4|mdf)"), "mf4"),
    (re.compile(r".+\.dbc"), "dbc"),
    (re.compile(r"annotations(_with_ego)?\.feather"), "av2_annotations"),
    (re.compile(r"city_se3_egovehicle\.feather"), "av2_poses"),
    (re.compile(r"log_map_archive_.+\.json"), "av2_map"),
)
_FEATHER = (b"ARROW1",)
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "mcap": (b"\x89MCAP0\r\n",),
    "mf4": (b"MDF     ", b"UnFinMF "),
    "av2_annotations": _FEATHER,
    "av2_poses": _FEATHER,
}
UNSUPPORTED = re.compile(r"scenario_.+\.parquet|.+\.(bag|db3|osi|blf|asc|trc|zarr)")
"""Names of recordings that no reader takes yet."""


def sniff(path: str | Path) -> str:
    """The format of the file, as in ops.ingest_ledger: by its first bytes, else by its name; "unknown" when neither."""
    name = Path(path).name.lower()
    with open(path, "rb") as file:
        head = file.read(8)
    for form in ("mcap", "mf4"):
        if head.startswith(_MAGIC[form]):
            return form
    return next((form for pattern, form in _BY_NAME if pattern.fullmatch(name)), "unknown")


def plan(source: SourceFile) -> FilePlan:
    """How to read `source`. A file that cannot be read has a problem and no task; nothing is raised."""
    refusal = _refusal(source)
    if refusal is not None:
        return FilePlan(source, [], problems=[refusal])
    if source.format in COMPANIONS:
        return FilePlan(source, [])
    planned: FilePlan = _reader(source).plan(source)
    return planned


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """The rows of `task` by table, bronze.quarantine included. Each table conforms to its contract."""
    yield from _reader(task.source).read(task)


def _reader(source: SourceFile) -> ModuleType:
    return import_module(READERS[source.format])


def _refusal(source: SourceFile) -> Problem | None:
    """Why `source` cannot be read at all; None when it can be tried."""
    path = Path(source.path)
    if source.num_bytes == 0:
        return Problem("empty_file", f"{path.name} has no bytes", byte_offset=0)
    if source.format == "drive_json":
        return _drive_json_problem(path)
    if source.format == "dbc":
        return _dbc_problem(path)
    if source.format not in READERS:
        if UNSUPPORTED.fullmatch(path.name.lower()):
            return Problem("unsupported_format", f"{path.name} is of a format that is not read yet", byte_offset=0)
        return Problem("unknown_format", f"{path.name} is of no format that is known here", byte_offset=0)
    with path.open("rb") as file:
        head = file.read(8)
    if not head.startswith(_MAGIC.get(source.format, (b"",))):
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
