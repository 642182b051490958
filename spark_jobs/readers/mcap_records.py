"""MCAP records as the specification lays them out: parsing of everything except messages, with every length checked."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x89MCAP0\r\n"
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, MESSAGE_INDEX, CHUNK_INDEX = 1, 2, 3, 4, 5, 6, 7, 8
STATISTICS, DATA_END = 0x0B, 0x0F
RECORD_HEADER = struct.Struct("<BQ")
FOOTER_BYTES = RECORD_HEADER.size + 20
_CHUNK_INDEX = struct.Struct("<QQQQI")
CHUNK_FIXED_BYTES = 8 + 8 + 8 + 4


class McapError(ValueError):
    """Bytes that are not what the MCAP specification says they are. `byte_offset` is relative to what was parsed."""

    def __init__(self, message: str, byte_offset: int = 0) -> None:
        super().__init__(message)
        self.byte_offset = byte_offset


@dataclass(frozen=True)
class Schema:
    """A message definition: name as recorded, encoding (ros2msg, protobuf, jsonschema ...) and its bytes."""

    name: str
    encoding: str
    data: bytes


@dataclass(frozen=True)
class Channel:
    """A topic and how its messages are written; schema_id 0 means that there is no schema.

    `metadata` is the recorder's map of texts as its bytes lie in the file.
    """

    schema_id: int
    topic: str
    message_encoding: str
    metadata: bytes = b""


@dataclass(frozen=True)
class ChunkIndex:
    """Where a chunk and its message indexes are. `num_messages` follows from the size of the indexes; -1: unknown."""

    start: int
    length: int
    index_length: int
    min_log_time_ns: int
    max_log_time_ns: int
    num_messages: int


@dataclass(frozen=True)
class Statistics:
    """What the recorder counted; `channel_counts` are messages by channel id."""

    num_messages: int
    num_channels: int
    num_chunks: int
    min_log_time_ns: int
    max_log_time_ns: int
    channel_counts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class ChunkHeader:
    """The fields of a chunk record before its bytes, which start at `payload_start` of the record content."""

    uncompressed_size: int
    uncompressed_crc: int
    compression: str
    payload_start: int
    payload_length: int


class Cursor:
    """Reads fields one after the other and refuses to pass the end."""

    def __init__(self, data: bytes | memoryview) -> None:
        self.data = memoryview(data)
        self.at = 0

    def take(self, length: int) -> memoryview:
        """The next `length` bytes."""
        if length > len(self.data) - self.at:
            raise McapError(f"a field of {length} bytes passes the end of its record", self.at)
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, size: int) -> int:
        """An unsigned little-endian number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def text(self) -> str:
        """A string with its length in front; bytes that are not UTF-8 are replaced."""
        return str(self.take(self.number(4)), "utf-8", "replace")


def records(data: bytes | memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """(opcode, offset, content) of each record of `data`.

    Raises:
        McapError: a record does not fit.
    """
    view, at = memoryview(data), 0
    while at < len(view):
        if len(view) - at < RECORD_HEADER.size:
            raise McapError("a record header is cut off", at)
        opcode, length = RECORD_HEADER.unpack_from(view, at)
        if opcode == 0 or length > len(view) - at - RECORD_HEADER.size:
            raise McapError(f"a record (opcode {opcode}) claims {length} bytes", at)
        yield opcode, at, view[at + RECORD_HEADER.size : at + RECORD_HEADER.size + length]
        at += RECORD_HEADER.size + length


def parse_schema(content: memoryview) -> tuple[int, Schema]:
    """(schema id, schema)."""
    cursor = Cursor(content)
    schema_id, name, encoding = cursor.number(2), cursor.text(), cursor.text()
    return schema_id, Schema(name, encoding, bytes(cursor.take(cursor.number(4))))


def parse_channel(content: memoryview) -> tuple[int, Channel]:
    """(channel id, channel)."""
    cursor = Cursor(content)
    number, schema_id, topic, encoding = cursor.number(2), cursor.number(2), cursor.text(), cursor.text()
    return number, Channel(schema_id, topic, encoding, bytes(cursor.data[cursor.at :]))


def parse_metadata(content: bytes) -> dict[str, str]:
    """A map of texts, as channels carry it; empty when there are no bytes."""
    if not content:
        return {}
    pairs = Cursor(content)
    cursor = Cursor(pairs.take(pairs.number(4)))
    found = {}
    while cursor.at < len(cursor.data):
        name = cursor.text()
        found[name] = cursor.text()
    return found


def parse_chunk_header(content: memoryview) -> ChunkHeader:
    """The header of a chunk record; `content` may stop inside the chunk's bytes."""
    cursor = Cursor(content)
    cursor.take(16)
    size, crc, compression = cursor.number(8), cursor.number(4), cursor.text()
    length = cursor.number(8)
    return ChunkHeader(size, crc, compression, cursor.at, length)


def parse_chunk_index(content: memoryview) -> ChunkIndex:
    """A chunk index. Each message index record has 15 bytes around its entries of 16 bytes, so its size counts them."""
    if len(content) < _CHUNK_INDEX.size + 8:
        raise McapError("a chunk index is cut off")
    first, last, start, length, map_length = _CHUNK_INDEX.unpack_from(content)
    if map_length > len(content) - _CHUNK_INDEX.size - 8:
        raise McapError("the offsets of a chunk index pass the end of its record")
    num_indexes, rest = divmod(map_length, 10)
    index_length = int.from_bytes(content[_CHUNK_INDEX.size + map_length :][:8], "little")
    num_messages, odd = divmod(index_length - 15 * num_indexes, 16)
    is_counted = num_indexes > 0 and not odd and not rest and num_messages >= 0
    return ChunkIndex(start, length, index_length, first, last, num_messages if is_counted else -1)


def parse_statistics(content: memoryview) -> Statistics:
    """What the recorder counted."""
    cursor = Cursor(content)
    num_messages = cursor.number(8)
    cursor.take(2)
    num_channels = cursor.number(4)
    cursor.take(8)
    num_chunks, first, last = cursor.number(4), cursor.number(8), cursor.number(8)
    by_channel = Cursor(cursor.take(cursor.number(4)))
    pairs = [(by_channel.number(2), by_channel.number(8)) for _ in range(len(by_channel.data) // 10)]
    return Statistics(num_messages, num_channels, num_chunks, first, last, tuple(pairs))
