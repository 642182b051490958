"""ROS 1 bag records as the format lays them out (wiki.ros.org/Bags/Format/2.0), with every length checked."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from spark_jobs.readers.mcap_file import Bytes
from spark_jobs.readers.mcap_records import McapError

MAGIC = b"#ROSBAG V2.0\n"
MESSAGE, BAG, INDEX, CHUNK, CHUNK_INFO, CONNECTION = 2, 3, 4, 5, 6, 7
MAX_HEADER_BYTES = 1 << 20
_COUNT = struct.Struct("<I")


class BagError(McapError):
    """Bytes that are not what the format says they are."""


@dataclass(frozen=True)
class Connection:
    """A topic, the type of its messages and the definition of that type."""

    topic: str
    type_name: str
    definition: bytes


@dataclass(frozen=True)
class ChunkInfo:
    """What the index says about a chunk: where its record starts, its times (ns) and messages per connection."""

    start: int
    first_time_ns: int
    last_time_ns: int
    counts: tuple[tuple[int, int], ...]

    @property
    def num_messages(self) -> int:
        """Messages of all connections."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True)
class Record:
    """A record: its header fields, and where its data is (in the file or in the chunk that it was found in)."""

    start: int
    fields: dict[bytes, bytes]
    data_start: int
    data_length: int

    @property
    def op(self) -> int:
        """What kind of record it is."""
        return self.number(b"op", 1)

    @property
    def stop(self) -> int:
        """Where the next record starts."""
        return self.data_start + self.data_length

    def number(self, name: bytes, size: int) -> int:
        """An unsigned number of `size` bytes.

        Raises:
            BagError: there is no such field, or it has another size.
        """
        value = self.fields.get(name, b"")
        if len(value) != size:
            raise BagError(f"the record at {self.start} has no {name.decode()} of {size} bytes")
        return int.from_bytes(value, "little")

    def text(self, name: bytes) -> str:
        """A text; bytes that are not UTF-8 are replaced.

        Raises:
            BagError: there is no such field.
        """
        if name not in self.fields:
            raise BagError(f"the record at {self.start} has no {name.decode()}")
        return self.fields[name].decode("utf-8", "replace")


def fields_of(header: bytes | memoryview, start: int) -> dict[bytes, bytes]:
    """The fields of a record header, each "name=value" with its length in front."""
    found, at, data = {}, 0, bytes(header)
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        name, equals, value = data[at + 4 : at + 4 + size].partition(b"=")
        if at + 4 + size > len(data) or not equals:
            raise BagError(f"the header of the record at {start} does not hold fields", start)
        found[name] = value
        at += 4 + size
    return found


def record_in(data: memoryview, at: int) -> Record:
    """The record that starts at `at` of an uncompressed chunk.

    Raises:
        BagError: it does not fit.
    """
    if at + 4 > len(data):
        raise BagError("a record is cut off", at)
    (size,) = _COUNT.unpack_from(data, at)
    behind = at + 4 + size
    if behind + 4 > len(data):
        raise BagError(f"the record at {at} claims a header of {size} bytes", at)
    (length,) = _COUNT.unpack_from(data, behind)
    if behind + 4 + length > len(data):
        raise BagError(f"the record at {at} claims {length} bytes", at)
    return Record(at, fields_of(data[at + 4 : behind], at), behind + 4, length)


def record_at(file: Bytes, at: int) -> Record:
    """The record that starts at `at` of the file; its data is not read.

    Raises:
        BagError, McapError: it does not fit.
    """
    size = int.from_bytes(file.read(at, 4), "little")
    if size > MAX_HEADER_BYTES:
        raise BagError(f"the record at {at} claims a header of {size} bytes", at)
    content = file.read(at + 4, size + 4)
    length = int.from_bytes(content[size:], "little")
    if at + 8 + size + length > file.num_bytes:
        raise BagError(f"the record at {at} claims {length} bytes", at)
    return Record(at, fields_of(content[:size], at), at + 8 + size, length)


def walk(file: Bytes, start: int, stop: int) -> Iterator[Record]:
    """The records of the file from `start` to `stop`.

    Raises:
        BagError, McapError: one does not fit.
    """
    while start < stop:
        record = record_at(file, start)
        yield record
        start = record.stop


def connection_of(record: Record, data: bytes | memoryview) -> tuple[int, Connection]:
    """(connection id, connection) of a connection record with the content `data`."""
    inner = Record(record.start, fields_of(data, record.start), 0, 0)
    found = Connection(record.text(b"topic"), inner.text(b"type"), inner.fields.get(b"message_definition", b""))
    return record.number(b"conn", 4), found


def chunk_info_of(record: Record, data: bytes) -> ChunkInfo:
    """What a chunk info record with the content `data` says."""
    if record.number(b"ver", 4) != 1 or len(data) != 8 * record.number(b"count", 4):
        raise BagError(f"the chunk info at {record.start} is of another version or size", record.start)
    numbers = struct.unpack(f"<{len(data) // 4}I", data)
    first, last = (time_ns(record.fields.get(name, bytes(8))) for name in (b"start_time", b"end_time"))
    counts = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return ChunkInfo(record.number(b"chunk_pos", 8), first, last, counts)


def time_ns(value: bytes) -> int:
    """Seconds and nanoseconds, 4 bytes each, as ns."""
    return int.from_bytes(value[:4], "little") * 1_000_000_000 + int.from_bytes(value[4:8], "little")
