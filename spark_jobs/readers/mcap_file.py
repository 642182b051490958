"""An MCAP file from its ends: header, footer and summary by ranged reads; what is where, without touching a payload."""

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from spark_jobs.readers import mcap_records as mcap
from spark_jobs.readers.limits import MAX_CHANNELS, MAX_SUMMARY_BYTES
from spark_jobs.readers.mcap_records import Channel, ChunkIndex, McapError, Schema, Statistics
from spark_jobs.readers.source import Problem


@dataclass
class Directory:
    """The channels and schemas seen so far: from the summary, and from the chunks as they are read."""

    channels: dict[int, Channel] = field(default_factory=dict)
    schemas: dict[int, Schema] = field(default_factory=dict)

    def add(self, opcode: int, content: memoryview) -> None:
        """Take in a schema or channel record; the first definition of an id stays, as the specification demands."""
        if opcode == mcap.SCHEMA:
            self.schemas.setdefault(*mcap.parse_schema(content))
        elif opcode == mcap.CHANNEL:
            self.channels.setdefault(*mcap.parse_channel(content))
        if len(self.channels) > MAX_CHANNELS or len(self.schemas) > MAX_CHANNELS:
            raise McapError("more channels or schemas than ids")


@dataclass
class FileIndex:
    """What the ends of a file say. `chunks` is None where the data section must be read from its start instead.

    `is_closed` is true when the footer is in place: the recorder finished.
    """

    num_bytes: int
    library: str | None = None
    is_closed: bool = False
    directory: Directory = field(default_factory=Directory)
    chunks: list[ChunkIndex] | None = None
    statistics: Statistics | None = None
    problems: list[Problem] = field(default_factory=list)


class Bytes:
    """A file read by range."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.num_bytes = os.fstat(descriptor).st_size
        self._buffer = bytearray()

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset`.

        Raises:
            McapError: the file ends before.
        """
        self._check(offset, length)
        parts = []
        while length and (part := os.pread(self.descriptor, length, offset)):
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def view(self, offset: int, length: int) -> memoryview:
        """As `read`, in memory that the next `view` uses again: fresh memory costs as much as reading."""
        self._check(offset, length)
        if length > len(self._buffer):
            self._buffer = bytearray(length + length // 4)
        found = memoryview(self._buffer)[:length]
        at = 0
        while at < length:
            part = os.preadv(self.descriptor, [found[at:]], offset + at)
            if not part:
                raise McapError(f"the file ends at {offset + at}: it became shorter while it was read", offset)
            at += part
        return found

    def _check(self, offset: int, length: int) -> None:
        if offset < 0 or length < 0 or offset + length > self.num_bytes:
            raise McapError(f"{length} bytes at {offset} pass the end of the file ({self.num_bytes} bytes)", offset)


@contextmanager
def open_bytes(path: str) -> Iterator[Bytes]:
    """The file at `path`, for ranged reads."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield Bytes(descriptor)
    finally:
        os.close(descriptor)


def read_index(file: Bytes) -> FileIndex:
    """What header and summary of `file` say. A summary that cannot be trusted becomes a problem, not an error.

    Raises:
        McapError: the file does not start as an MCAP file.
    """
    if file.num_bytes < len(mcap.MAGIC) or file.read(0, len(mcap.MAGIC)) != mcap.MAGIC:
        raise McapError("the file does not start with the MCAP magic")
    index = FileIndex(file.num_bytes, _library(file))
    end = file.num_bytes - len(mcap.MAGIC) - mcap.FOOTER_BYTES
    if end < len(mcap.MAGIC):
        return index
    tail = file.read(end, mcap.FOOTER_BYTES + len(mcap.MAGIC))
    if not tail.endswith(mcap.MAGIC) or mcap.RECORD_HEADER.unpack_from(tail) != (mcap.FOOTER, 20):
        return index
    index.is_closed = True
    start, crc = int.from_bytes(tail[9:17], "little"), int.from_bytes(tail[25:29], "little")
    if start == 0:
        return index
    try:
        if not len(mcap.MAGIC) <= start <= end or end - start > MAX_SUMMARY_BYTES:
            raise McapError(f"the footer places the summary at {start}")
        summary = file.read(start, end - start)
        if crc and zlib.crc32(tail[: mcap.FOOTER_BYTES - 4], zlib.crc32(summary)) != crc:
            raise McapError("the summary does not match its CRC")
        _read_summary(index, summary, start)
    except McapError as error:
        detail = f"{error}; the data section was read from its start instead"
        found = Problem("bad_summary", detail, byte_offset=end if error.byte_offset == 0 else start)
        index = FileIndex(file.num_bytes, index.library, True, problems=[found])
    return index


def _library(file: Bytes) -> str | None:
    """The library named in the header record; None when the record is not readable."""
    try:
        opcode, length = mcap.RECORD_HEADER.unpack(file.read(len(mcap.MAGIC), mcap.RECORD_HEADER.size))
        if opcode != mcap.HEADER or length > 1 << 20:
            return None
        cursor = mcap.Cursor(file.read(len(mcap.MAGIC) + mcap.RECORD_HEADER.size, length))
        cursor.text()
        return cursor.text() or None
    except McapError:
        return None


def _read_summary(index: FileIndex, summary: bytes, summary_start: int) -> None:
    """Fill `index` from the summary section.

    Chunks are only offered when they lie in the data section, do not overlap, and their message counts add up to the
    recorder's: a chunk left out of the index would otherwise be lost without a word.
    """
    chunks = []
    for opcode, _, content in mcap.records(summary):
        if opcode in (mcap.SCHEMA, mcap.CHANNEL):
            index.directory.add(opcode, content)
        elif opcode == mcap.CHUNK_INDEX:
            chunks.append(mcap.parse_chunk_index(content))
        elif opcode == mcap.STATISTICS:
            index.statistics = mcap.parse_statistics(content)
    chunks.sort(key=lambda chunk: chunk.start)
    ends = [chunk.start + chunk.length + chunk.index_length for chunk in chunks]
    if chunks and (chunks[0].start < len(mcap.MAGIC) or ends[-1] > summary_start):
        raise McapError("a chunk index points outside the data section")
    if any(end > chunk.start for end, chunk in zip(ends, chunks[1:], strict=False)):
        raise McapError("chunk indexes overlap")
    statistics = index.statistics
    if statistics is None or not chunks or min(chunk.num_messages for chunk in chunks) < 0:
        return
    is_whole = sum(chunk.num_messages for chunk in chunks) == statistics.num_messages
    if is_whole and statistics.num_channels == len(index.directory.channels):
        index.chunks = chunks
