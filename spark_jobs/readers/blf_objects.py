"""BLF: the objects of a log found, counted and checked here; what a CAN object says is read by python-can.

python-can passes over objects it does not know, takes a cut container for the end of the log and stops at a damaged
one. So it is only given whole objects of kinds it reads; all others are indexed, and damage is told with its place.
Layout as in the public descriptions of the format: a file header, then containers (zlib) whose contents, joined, are
the objects; an object may lie across two containers.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

from spark_jobs.readers import limits
from spark_jobs.readers.can_entries import Entry, kind_of
from spark_jobs.readers.can_times import utc_ns
from spark_jobs.readers.source import Problem

_FILE_HEADER = struct.Struct("<4sL8xQQLL8H8H")
_BASE = struct.Struct("<4sHHLL")  # LOBJ, header size, header version, object size, object type
_TIME = {1: struct.Struct("<LHHQ"), 2: struct.Struct("<LBxHQ8x")}
_CONTAINER = struct.Struct("<H6xL4x")
_CONTAINER_TYPE, _UNCOUNTED_TYPE = 10, 115  # the latter repeats what other objects say, and no header counts it
_LEAST_BYTES = {1: 16, 86: 16, 73: 32, 100: 84, 101: 40}
"""Types that python-can reads, and the bytes behind the object header that each needs."""
_TEN_MICROSECONDS = 1
_MAX_OBJECT_BYTES = 16 * 1024 * 1024
_BATCH = 2_000


class Header(NamedTuple):
    """What the file header says; `start_ns` None: no date, `num_objects` None: the recorder did not finish."""

    size: int
    start_ns: int | None
    num_objects: int | None


class _Found(NamedTuple):
    """An object: its time since the start, its type, its bytes."""

    since_ns: int
    kind: int
    raw: bytes


@dataclass
class _Stream:
    """The joined contents of the containers, cut into objects as they come."""

    rest: bytes = b""
    is_lost: bool = False
    objects: list[_Found] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, content: bytes, place: int) -> None:
        """Take `content` of the container at file offset `place`."""
        data, at = self.rest + content, 0
        while True:
            found = data.find(b"LOBJ", at, None if self.is_lost else at + 8)
            if found < 0 or len(data) < found + _BASE.size:
                if found < 0 and not self.is_lost and len(data) - at >= 8:
                    self._lose(place, "no object where one must begin")
                    continue
                self.rest = data[at if found < 0 and not self.is_lost else max(found, len(data) - 8) :]
                return
            _, head, version, size, kind = _BASE.unpack_from(data, found)
            if not _BASE.size <= size <= _MAX_OBJECT_BYTES:
                self._lose(place, f"an object of {size} bytes")
                at = found + 4
                continue
            if found + size > len(data):
                self.rest = data[found:]
                return
            self.is_lost, at = False, found + size
            if kind != _UNCOUNTED_TYPE:
                self.objects.append(_object(data[found:at], head, version, kind))

    def end(self, num_bytes: int) -> None:
        """The file is over: an object that began must have ended."""
        if b"LOBJ" in self.rest[:8] and len(self.rest) > 8:
            self.problems.append(Problem("truncated", "the last object is cut", byte_offset=num_bytes, num_messages=1))
        self.rest = b""

    def lose(self) -> None:
        """A container is missing: what follows begins somewhere inside an object."""
        self.rest, self.is_lost = b"", True

    def _lose(self, place: int, why: str) -> None:
        self.problems.append(Problem("bad_block", f"{why}, in the container at {place}", byte_offset=place))
        self.is_lost = True


def header(path: str) -> Header:
    """The file header.

    Raises:
        ValueError: it is no BLF file.
        OSError: it cannot be opened.
    """
    with open(path, "rb") as file:
        raw = file.read(_FILE_HEADER.size)
    if len(raw) < _FILE_HEADER.size or not raw.startswith(b"LOGG"):
        raise ValueError("no header of a BLF log")
    _, size, _, _, num_objects, _, *times = _FILE_HEADER.unpack(raw)
    year, month, _, day, hour, minute, second, milli = times[:8]
    start_ns = utc_ns(year, month, day, hour, minute, second, milli * 1_000_000)
    return Header(size, start_ns, num_objects or None)


def entries(path: str) -> Iterator[Entry | Problem]:
    """The records of the log in the order of the file, and what could not be read, where it lies."""
    told = header(path)
    start_ns, index, stream = told.start_ns or 0, 0, _Stream()
    with open(path, "rb") as file:
        for content, place, problem in _containers(file, told.size):
            if problem is not None:
                stream.problems.append(problem)
            if content is None:
                stream.lose()
            else:
                stream.add(content, place)
            objects, stream.objects = stream.objects, []
            for first in range(0, len(objects), _BATCH):
                for item in _read(objects[first : first + _BATCH], start_ns, index):
                    index += 1
                    yield item
            yield from stream.problems
            stream.problems = []
        stream.end(file.tell())
        yield from stream.problems


def _containers(file: BinaryIO, offset: int) -> Iterator[tuple[bytes | None, int, Problem | None]]:
    """(content or None, file offset, problem or None) of each container from `offset` on."""
    while True:
        file.seek(offset)
        head = file.read(_BASE.size)
        if len(head) < _BASE.size:
            if head.strip(b"\0"):
                yield (
                    None,
                    offset,
                    Problem("truncated", f"{len(head)} bytes behind the last object", byte_offset=offset),
                )
            return
        signature, _, _, size, kind = _BASE.unpack(head)
        is_container = kind == _CONTAINER_TYPE
        if signature != b"LOBJ" or not _BASE.size <= size <= limits.MAX_CHUNK_BYTES:
            following = _next_object(file, offset + 4)
            yield None, offset, Problem("bad_block", "no object where one must begin", byte_offset=offset)
            if following is None:
                return
            offset = following
            continue
        body = file.read(size - _BASE.size)
        is_cut = len(body) < size - _BASE.size
        content, why = _unpacked(body, is_cut) if is_container else (head + body, "it is cut" if is_cut else None)
        reason = "truncated" if is_cut else "bad_block"
        problem = Problem(reason, f"the container at {offset}: {why}", byte_offset=offset) if why else None
        yield content, offset, problem
        offset += size + size % 4


def _unpacked(body: bytes, is_cut: bool) -> tuple[bytes | None, str | None]:
    """(content, trouble) of a container. Of one that the end of the file cuts, what can still be unpacked is good."""
    if len(body) < _CONTAINER.size:
        return None, "it has no header"
    method, _ = _CONTAINER.unpack_from(body)
    packed = body[_CONTAINER.size :]
    if method == 0:
        return packed, "the file ends in it" if is_cut else None
    if method != 2:
        return None, f"unknown compression method {method}"
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(packed, limits.MAX_CHUNK_BYTES)
    except zlib.error as error:
        return None, str(error)
    if is_cut:
        return content, "the file ends in it"
    if unpacker.unconsumed_tail or len(content) > max(limits.RATIO_FREE_BYTES, limits.MAX_CHUNK_RATIO * len(packed)):
        return None, "it unpacks to more than the budget of a chunk"
    return (content, None) if unpacker.eof else (None, "its compressed data has no end")


def _next_object(file: BinaryIO, offset: int) -> int | None:
    """Where the next container begins at or behind `offset`."""
    while True:
        file.seek(offset)
        window = file.read(1 << 20)
        found = window.find(b"LOBJ")
        while found >= 0 and len(window) >= found + _BASE.size:
            if _BASE.unpack_from(window, found)[4] == _CONTAINER_TYPE:
                return offset + found
            found = window.find(b"LOBJ", found + 4)
        if len(window) < 1 << 20:
            return None
        offset += len(window) - _BASE.size


def _object(raw: bytes, head: int, version: int, kind: int) -> _Found:
    """The object; of a type that is not read, or too short for its type, the negative type."""
    layout = _TIME.get(version)
    if layout is None or len(raw) < _BASE.size + layout.size:
        return _Found(0, -kind, raw)
    flags, _, _, count = layout.unpack_from(raw, _BASE.size)
    least = _LEAST_BYTES.get(kind)
    is_read = least is not None and len(raw) >= _BASE.size + layout.size + least
    return _Found(count * (10_000 if flags == _TEN_MICROSECONDS else 1), kind if is_read else -kind, raw)


def _read(objects: list[_Found], start_ns: int, index: int) -> Iterator[Entry | Problem]:
    readable = [each.raw for each in objects if each.kind > 0]
    frames = _frames(readable)
    if len(frames) != len(readable):  # one of them makes python-can stumble: it shall not cost the others
        frames = [(_frames([raw]) or [None])[0] for raw in readable]
    following = iter(frames)
    for number, each in enumerate(objects, index):
        t_ns = start_ns + each.since_ns
        frame = next(following) if each.kind > 0 else None
        if (frame is None and -each.kind in _LEAST_BYTES) or (each.kind > 0 and frame is None) or t_ns >= 1 << 63:
            yield Problem(
                "bad_object", f"a CAN object (type {abs(each.kind)}) that cannot be read", None, number, None, 1
            )
        elif frame is None:
            yield Entry(number, t_ns, None, f"blf_object_{-each.kind}", None, len(each.raw), 0)
        else:
            yield Entry(number, t_ns, frame, kind_of(frame), None, len(frame.data), 0)


def _frames(objects: list[bytes]) -> list[Any]:
    """What python-can reads from `objects`, put before it as a log of one container; fewer where it stumbles."""
    from can.io.blf import BLFReader

    content = b"".join(objects)
    head = _FILE_HEADER.pack(b"LOGG", _FILE_HEADER.size, 0, 0, len(objects), 0, *(0,) * 16)
    size = _BASE.size + _CONTAINER.size + len(content)
    container = _BASE.pack(b"LOBJ", _BASE.size, 1, size, _CONTAINER_TYPE) + _CONTAINER.pack(0, len(content))
    frames = []
    try:
        for frame in BLFReader(BytesIO(head + container + content)):
            frames.append(frame)  # noqa: PERF402 - what came before a stumble is kept
    except Exception:  # python-can raises whatever the bytes lead it into; the caller counts
        return frames
    return frames
