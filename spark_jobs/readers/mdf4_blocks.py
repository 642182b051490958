"""The records of a sorted MDF4 data group straight from its data blocks, without asammdf and without a copy too many.

Layout: ASAM MDF 4.1. A block is "##XX", 4 reserved bytes, length, number of links, links, data. A data group points to
a data block (DT), a packed one (DZ), a list of those (DL) or, before a list of packed ones, a header list (HL).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from spark_jobs.readers import limits

Octets = npt.NDArray[np.uint8]

_HEAD = struct.Struct("<4s4xQQ")
_PACKED = struct.Struct("<2sBxLQQ")  # kind of the original block, algorithm, columns, original size, packed size
_TRANSPOSED = 1
_MAX_LINKS = 1_000_000
_MAX_LISTS = 1_000_000


class BadBlock(ValueError):  # noqa: N818 - reads as what it says
    """A block that cannot be read; `byte_offset` is where it lies in the file."""

    def __init__(self, message: str, byte_offset: int) -> None:
        super().__init__(message)
        self.byte_offset = byte_offset


class Block(NamedTuple):
    """Where data lies: `num_bytes` of it, in `num_stored` bytes of the file at `offset`.

    `columns`: 0 stored as it is, 1 packed, more: packed after transposition with so many columns.
    """

    offset: int
    num_stored: int
    num_bytes: int
    columns: int


@dataclass(frozen=True)
class Records:
    """The records of a group: `num_records` of `record_bytes` each, from the block at `address` of the file on."""

    path: str
    address: int
    record_bytes: int
    num_records: int

    def slices(self, start: int, num_records: int) -> Iterator[Octets]:
        """(n, record_bytes) from record `start` on, at most `num_records` a time, each valid until the next is asked.

        Raises:
            BadBlock: from here on the data cannot be read; every whole record before it was given.
        """
        with open(self.path, "rb") as file:
            yield from _cut(_contents(file, self.address), self, start, num_records)


def _cut(contents: Iterator[Octets], records: Records, start: int, num_records: int) -> Iterator[Octets]:
    size, to_skip, left = records.record_bytes, start * records.record_bytes, records.num_records - start
    waiting = np.empty(0, np.uint8)
    trouble: BadBlock | None = None
    while left > 0 and trouble is None:
        try:
            content = next(contents, None)
        except BadBlock as error:
            content, trouble = None, error
        if content is None:
            if trouble is None:
                trouble = BadBlock(f"{left} records fewer than the group announces", os.path.getsize(records.path))
            break
        if to_skip:
            skipped = min(to_skip, len(content))
            content, to_skip = content[skipped:], to_skip - skipped
        if len(waiting):  # only the record that lies across two blocks is copied
            missing = min(-len(waiting) % size, len(content))
            waiting, content = np.concatenate([waiting, content[:missing]]), content[missing:]
            if len(waiting) == size:
                yield waiting.reshape(1, size)
                left, waiting = left - 1, waiting[:0]
        whole = min(len(content) // size, left) if not len(waiting) else 0
        for first in range(0, whole, num_records):
            yield content[first * size : min(first + num_records, whole) * size].reshape(-1, size)
        left -= whole
        if not len(waiting):
            waiting = content[whole * size :]
    if left > 0 and trouble is not None:
        raise trouble


def _contents(file: BinaryIO, address: int) -> Iterator[Octets]:
    for block in _blocks(file, address):
        if block.columns == 0:
            for first in range(0, block.num_bytes, limits.BATCH_BYTES):
                wanted = min(limits.BATCH_BYTES, block.num_bytes - first)
                content = np.fromfile(file, np.uint8, wanted) if file.seek(block.offset + first) >= 0 else None
                assert content is not None  # noqa: S101 - a file always seeks
                yield content
                if len(content) < wanted:
                    raise BadBlock("the file ends in a data block", block.offset + first + len(content))
        else:
            file.seek(block.offset)
            yield _unpacked(file.read(block.num_stored), block)


def _unpacked(packed: bytes, block: Block) -> Octets:
    unpacker = _unpacker()
    try:
        content = unpacker.decompress(packed, block.num_bytes + 1)  # one more: the checksum at the end is looked at
    except Exception as error:  # zlib and isal have errors of their own
        raise BadBlock(f"a packed block: {error}", block.offset) from error
    if len(content) != block.num_bytes or not unpacker.eof:
        raise BadBlock(f"a packed block has {len(content)} of {block.num_bytes} bytes", block.offset)
    values = np.frombuffer(content, np.uint8)
    if block.columns < 2:
        return values
    lines = block.num_bytes // block.columns
    matrix = values[: lines * block.columns].reshape(block.columns, lines)
    return np.concatenate([_transposed(matrix), values[lines * block.columns :]])


def _transposed(matrix: Octets) -> Octets:
    """The matrix column by column. In stripes, for a copy that jumps through the whole block misses every cache."""
    columns, lines = matrix.shape
    result = np.empty((lines, columns), np.uint8)
    for first in range(0, lines, 4096):
        result[first : first + 4096] = matrix[:, first : first + 4096].T
    return result.reshape(-1)


def _unpacker() -> Any:
    """A decompressor: isal's, several times as fast, which comes with asammdf, else that of zlib."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib.decompressobj()
    return isal_zlib.decompressobj()


def _blocks(file: BinaryIO, address: int) -> Iterator[Block]:
    """The data blocks that hang at `address`, in order."""
    kind, links, at = _head(file, address)
    if kind == b"##HL":
        address = links[0] if links else 0
        kind, links, at = _head(file, address) if address else (b"##DL", (), 0)
    if kind != b"##DL":
        yield _block(file, address, kind, at)
        return
    for _ in range(_MAX_LISTS):
        for link in links[1:]:
            if link:
                inner, _, begin = _head(file, link)
                yield _block(file, link, inner, begin)
        if not links or not links[0]:
            return
        address = links[0]
        kind, links, at = _head(file, address)
        if kind != b"##DL":
            raise BadBlock(f"a list of data goes on with {kind!r}", address)
    raise BadBlock("a list of data without end", address)


def _head(file: BinaryIO, address: int) -> tuple[bytes, tuple[int, ...], int]:
    """(kind, links, offset of the data) of the block at `address`."""
    file.seek(address)
    raw = file.read(_HEAD.size)
    if len(raw) < _HEAD.size or not raw.startswith(b"##"):
        raise BadBlock("no block where one must begin", address)
    kind, _, count = _HEAD.unpack(raw)
    if count > _MAX_LINKS:
        raise BadBlock(f"a block with {count} links", address)
    links = file.read(8 * count)
    if len(links) < 8 * count:
        raise BadBlock("the file ends in a block", address)
    return kind, struct.unpack(f"<{count}Q", links), address + _HEAD.size + 8 * count


def _block(file: BinaryIO, address: int, kind: bytes, data_at: int) -> Block:
    if kind == b"##DT":
        file.seek(address)
        _, length, _ = _HEAD.unpack(file.read(_HEAD.size))
        if length < _HEAD.size:
            raise BadBlock(f"a data block of {length} bytes", address)
        return Block(data_at, length - _HEAD.size, length - _HEAD.size, 0)
    if kind != b"##DZ":
        raise BadBlock(f"data in a block {kind!r}", address)
    file.seek(data_at)
    raw = file.read(_PACKED.size)
    if len(raw) < _PACKED.size:
        raise BadBlock("the file ends in a block", address)
    _, algorithm, columns, size, num_stored = _PACKED.unpack(raw)
    is_too_large = size > limits.MAX_CHUNK_BYTES or num_stored > limits.MAX_CHUNK_BYTES
    if is_too_large or (size > limits.RATIO_FREE_BYTES and size > 1100 * num_stored):  # deflate packs 1032:1 at best
        raise BadBlock(f"a packed block of {size} bytes from {num_stored} is over the budget", address)
    if algorithm > _TRANSPOSED or (algorithm == _TRANSPOSED and columns < 1):
        raise BadBlock(f"a packed block by algorithm {algorithm}", address)
    return Block(data_at + _PACKED.size, num_stored, size, columns if algorithm == _TRANSPOSED and columns > 1 else 1)
