"""Bus logs of one record per line (ASC, TRC, candump): python-can reads the frames, line by line and under watch.

Its readers stop at the first line they cannot read and pass over lines they do not know. Here each line is accounted
for: it is a frame, another record of the log, a comment, or a trouble with its place; after a trouble the next line is
read. Times are taken from the text, for python-can's are floating point, 0.2 µs apart at today's date.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from spark_jobs.readers.can_dialects import Dialect, dialect_of
from spark_jobs.readers.can_entries import DATA, Entry, kind_of
from spark_jobs.readers.source import Problem

MAX_LINE_BYTES = 16 * 1024
_MAX_HEADER_LINES = 500


@dataclass(frozen=True)
class Line:
    """A line as it lies in the file. `text` None: it is too long to be read."""

    offset: int
    raw: bytes
    text: str | None
    is_ended: bool


@dataclass
class Feed:
    """The lines of a log as the file that python-can reads from. `waiting` are those it took and nobody judged yet."""

    lines: Iterator[Line]
    dialect: Dialect
    waiting: list[Line] = field(default_factory=list)
    prologue: list[str] = field(default_factory=list)

    def __iter__(self) -> "Feed":
        return self

    def __next__(self) -> str:
        if self.prologue:
            return self.prologue.pop(0)
        line = next(self.lines)
        self.waiting.append(line)
        return (line.text or "") + "\n"

    def close(self) -> None:
        """python-can closes what it has read; the file is closed by whoever opened it."""


def problems_of_header(path: str, name: str) -> list[Problem]:
    """What the header of the log at `path` says that must be told.

    Raises:
        ValueError: it is no such log.
        OSError: it cannot be opened.
    """
    with open(path, "rb") as file:
        dialect, _ = _opened(file, name)
    if dialect.start_ns is None:
        return [Problem("no_start_time", "the log does not say when it began; times count from its start")]
    return [Problem("local_time", dialect.zone)] if dialect.zone else []


def entries(path: str, name: str) -> Iterator[Entry | Problem]:
    """The records of the log in the order of the file, and what could not be read, where it lies."""
    with open(path, "rb") as file:
        dialect, lines = _opened(file, name)
        feed, index = Feed(lines, dialect), 0
        frames: Iterator[Any] | None = _frames(feed)
        while frames is not None:
            frame: Any = None
            trouble: Exception | None = None
            try:
                frame = next(frames)
            except StopIteration:
                frames = None
            except Exception as error:  # python-can raises whatever a damaged line makes it stumble over
                trouble, frames = error, _frames(feed)
            taken, feed.waiting = feed.waiting, []
            for number, line in enumerate(taken):
                is_last = number == len(taken) - 1
                item = _judged(dialect, line, frame if is_last else None, trouble if is_last else None, index)
                if item is not None:
                    index += 1
                    yield item
            if taken and not taken[-1].is_ended:
                yield Problem(
                    "truncated", "the last line has no end: its record may be cut", byte_offset=taken[-1].offset
                )


def _opened(file: BinaryIO, name: str) -> tuple[Dialect, Iterator[Line]]:
    """The log's dialect with its header read, and the lines behind the header."""
    dialect = dialect_of(name)
    lines = _lines(file)
    for number, line in enumerate(lines):
        if number >= _MAX_HEADER_LINES or not dialect.takes_header(line.text or ""):
            dialect.check(line.text or "")
            return dialect, _chained(line, lines)
    dialect.check("")
    return dialect, iter(())


def _chained(first: Line, rest: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from rest


def _lines(file: BinaryIO) -> Iterator[Line]:
    offset = 0
    while raw := file.readline(MAX_LINE_BYTES):
        size, is_ended = len(raw), raw.endswith(b"\n")
        is_long = not is_ended and size == MAX_LINE_BYTES
        while not is_ended and (more := file.readline(MAX_LINE_BYTES)):
            size, is_ended = size + len(more), more.endswith(b"\n")
        text = None if is_long else raw.decode("utf-8", "replace").strip("\r\n \t\0")
        yield Line(offset, raw.rstrip(b"\r\n"), text, is_ended)
        offset += size


def _frames(feed: Feed) -> Iterator[Any]:
    feed.prologue = list(feed.dialect.prologue())
    return iter(feed.dialect.reader(feed))


def _judged(dialect: Dialect, line: Line, frame: Any, trouble: Exception | None, index: int) -> Entry | Problem | None:
    """What `line` is: an entry, a trouble, or None for a comment."""
    why = None
    if line.text is None:
        why = f"a line of more than {MAX_LINE_BYTES} bytes"
    elif trouble is not None:
        why = f"{type(trouble).__name__}: {trouble}"[:200]
    elif frame is not None and (short := _cut_short(frame)):
        why = short
    elif frame is None and dialect.is_comment(line.text):
        return None
    elif frame is None and not dialect.is_event(line.text):
        why = f"no record: {line.text[:100]!r}"
    t_ns = dialect.time_ns(line.text) if why is None and line.text is not None else None
    if t_ns is None or not 0 <= t_ns < 1 << 63:
        return Problem("bad_line", why or "a line without a time", None, index, line.offset, 1)
    kind = kind_of(frame) if frame is not None else dialect.event_name(line.text or "")
    if frame is not None:
        dialect.adjust(frame)
    return Entry(index, t_ns, frame, kind, line.offset, len(line.raw), zlib.crc32(line.raw))


def _cut_short(frame: Any) -> str | None:
    if kind_of(frame) != DATA:
        return None
    wanted = frame.dlc if frame.is_fd else min(frame.dlc, 8)
    return None if len(frame.data) == wanted else f"{len(frame.data)} of {wanted} data bytes"
