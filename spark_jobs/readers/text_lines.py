"""Text files of one record per line: where each line lies, its numbers, and a reason for every line that is none."""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task
from spark_jobs.readers.stream_rows import constant

MAX_TEXT_BYTES = 256 * 1024 * 1024
"""Largest text file that is read whole; the data sets of this kind keep to a few megabytes a drive."""
MAX_LINE_BYTES = 64 * 1024
_MAX_SINGLE = 100  # bad lines that get a quarantine row of their own; the rest share one

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """The records of a text file: each line without its end, and the byte it starts at. Blank lines are none."""

    content: list[bytes]
    offset: list[int]
    header: bytes = b""

    def __len__(self) -> int:
        return len(self.content)


@dataclass(frozen=True)
class Parsed:
    """What the lines hold. `index` (n,) are the lines that could be read, `values` their parsed values in that order,
    `problems` say why the others could not; together they count every line."""

    index: Ints
    values: list[Any]
    problems: list[Problem]


def whole_file(source: SourceFile, refusal: Callable[[SourceFile], Problem | None] | None = None) -> FilePlan:
    """One task over all of a text file, unless it is over its budget or `refusal` says why it cannot be read."""
    if source.num_bytes > MAX_TEXT_BYTES:  # before any of it is read
        detail = f"a text file of {source.num_bytes} bytes; {MAX_TEXT_BYTES} are read"
        problem: Problem | None = Problem("over_budget", detail, byte_offset=0)
    else:
        problem = refusal(source) if refusal else None
    if problem is not None:
        return FilePlan(source, [], problems=[problem])
    return FilePlan(source, [Task(source, 0, source.num_bytes, 0)])


def lines_of(path: str, has_header: bool) -> Lines:
    """The lines of the file at `path`; the first is its header when `has_header`."""
    lines, offset = [], 0
    starts = []
    for line in Path(path).read_bytes().split(b"\n"):
        if line.strip():
            lines.append(line.removesuffix(b"\r"))
            starts.append(offset)
        offset += len(line) + 1
    if has_header and lines:
        return Lines(lines[1:], starts[1:], lines[0].removeprefix(b"\xef\xbb\xbf"))
    return Lines(lines, starts)


def parsed(lines: Lines, parse: Callable[[bytes], Any]) -> Parsed:
    """Each line through `parse`, which raises ValueError (or IndexError) with the reason for a line it cannot read."""
    index, values, bad = [], [], []
    for number, line in enumerate(lines.content):
        try:
            if len(line) > MAX_LINE_BYTES:
                raise ValueError(f"a line of {len(line)} bytes")
            values.append(parse(line))
            index.append(number)
        except (ValueError, IndexError, OverflowError) as error:
            detail = f"{type(error).__name__}: {error}"[:200]
            bad.append(
                Problem("bad_line", detail, record_index=number, byte_offset=lines.offset[number], num_messages=1)
            )
    return Parsed(np.array(index, np.int64), values, _grouped(bad))


def _grouped(bad: list[Problem]) -> list[Problem]:
    if len(bad) <= _MAX_SINGLE:
        return bad
    rest = bad[_MAX_SINGLE:]
    first = rest[0]
    detail = f"{len(rest)} more lines cannot be read, the first: {first.detail}"
    return [
        *bad[:_MAX_SINGLE],
        Problem("bad_lines", detail, record_index=first.record_index, byte_offset=first.byte_offset,
                num_messages=len(rest)),
    ]  # fmt: skip


def numbers(fields: Sequence[bytes]) -> list[float]:
    """The fields as finite numbers.

    Raises:
        ValueError: one is no number, or not finite.
    """
    values = [float(field) for field in fields]
    if not all(map(math.isfinite, values)):
        raise ValueError("a number is not finite")
    return values


def common(source: SourceFile, topic: str, record_index: Ints, log_time_ns: Ints) -> dict[str, Any]:
    """The leading columns of a decoded table of one topic."""
    count = len(record_index)
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id, "topic": topic}
    times = {"record_index": record_index, "log_time_ns": log_time_ns}
    return {**{name: constant(value, count) for name, value in ids.items()}, **times}


def messages(
    source: SourceFile, topic: str, lines: Lines, found: Parsed, log_time_ns: Ints, stream: Sequence[str | None],
    schema_name: str,
) -> pa.Table:  # fmt: skip
    """bronze.messages of the lines that could be read: `log_time_ns` and `stream` (None: indexed only) of each."""
    content = [lines.content[number] for number in found.index]
    return conform(
        "bronze.messages",
        pa.table(
            {
                **common(source, topic, found.index, log_time_ns),
                "schema_name": constant(schema_name, len(content)),
                "message_encoding": constant("text", len(content)),
                "stream": pa.array(stream, pa.string()),
                "payload_offset": np.array([lines.offset[number] for number in found.index], np.int64),
                "num_payload_bytes": np.array([len(line) for line in content], np.int64),
                "crc32": np.array([zlib.crc32(line) for line in content], np.int64),
            }
        ),
    )
