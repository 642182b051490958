"""Batches of MCAP messages, and the chunks that a chunk index names as such batches."""

from collections.abc import Iterator, Sequence

import numpy as np

from spark_jobs.readers import mcap_records as mcap
from spark_jobs.readers.limits import BATCH_BYTES, MAX_CHUNK_BYTES
from spark_jobs.readers.mcap_chunks import (
    MESSAGE_HEADER,
    ChunkError,
    Ints,
    Octets,
    Records,
    check_budget,
    message_heads,
    message_offsets,
    payload_crcs,
    unpack,
)
from spark_jobs.readers.mcap_file import Bytes, Directory
from spark_jobs.readers.mcap_records import ChunkIndex, McapError
from spark_jobs.readers.source import Problem


class Batch:
    """Uncompressed records of several chunks in one buffer, which is used again after each `flush`."""

    def __init__(self, first_record_index: int) -> None:
        self.data: Octets = np.empty(BATCH_BYTES, np.uint8)
        self.used = 0
        self.next_index = first_record_index
        self.parts: list[tuple[Ints, ...]] = []

    def fits(self, size: int) -> bool:
        """True when `size` more bytes need no flush before."""
        return not self.used or self.used + size <= len(self.data)

    def reserve(self, size: int) -> Octets:
        """The next `size` bytes of the buffer, to be filled by the caller and kept by `add`."""
        if size > len(self.data):
            self.data = np.empty(size, np.uint8)
        return self.data[self.used : self.used + size]

    def add(self, size: int, offsets: Ints, chunk_offset: int, origin: int) -> None:
        """Keep `size` reserved bytes with messages at `offsets`; `origin` is the payload_offset of the first byte."""
        count, data = len(offsets), self.data[self.used : self.used + size]
        heads, start = message_heads(data, offsets), offsets + MESSAGE_HEADER.itemsize
        crcs = payload_crcs(data, start, heads[4])  # cheapest here, while the bytes are in the cache
        place = np.full(count, chunk_offset), start + origin, np.arange(self.next_index, self.next_index + count)
        self.parts.append((*heads[:4], start + self.used, heads[4], *place, crcs))
        self.used, self.next_index = self.used + size, self.next_index + count

    def flush(self) -> Records:
        """The messages so far. They are valid until the next `reserve`."""
        parts = self.parts or [(np.empty(0, np.int64),) * 10]
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        self.used, self.parts = 0, []
        return Records(self.data, *columns)


def indexed(
    file: Bytes, chunks: Sequence[ChunkIndex], first_record_index: int, directory: Directory
) -> Iterator[Records | Problem]:
    """The messages of `chunks` in batches, and what is wrong with them.

    A chunk keeps the record indexes that its chunk index promises, so that the tasks of a file never collide: messages
    beyond them are reported, not read.
    """
    batch = Batch(first_record_index)
    for chunk in chunks:
        first = batch.next_index
        try:
            if chunk.length > MAX_CHUNK_BYTES + (1 << 20):
                raise ChunkError("over_budget", f"the chunk record claims {chunk.length} bytes")
            raw = file.view(chunk.start, chunk.length + chunk.index_length)
            header = chunk_header(raw[: chunk.length])
            if not batch.fits(header.uncompressed_size):
                yield batch.flush()
            is_index_right = add_chunk(batch, header, raw, chunk, directory)
        except McapError as error:
            batch.next_index = first + chunk.num_messages
            yield chunk_problem(error, chunk.start, first, chunk.num_messages)
            continue
        if not is_index_right:
            detail = "the message index does not match the chunk, which was scanned instead"
            num_lost = abs(batch.next_index - first - chunk.num_messages)
            yield Problem("bad_index", detail, record_index=first, byte_offset=chunk.start, num_messages=num_lost)
            batch.next_index = first + chunk.num_messages
    yield batch.flush()


def chunk_header(record: memoryview) -> mcap.ChunkHeader:
    """The header of the chunk `record`, which must be exactly one whole chunk record within budget."""
    if len(record) < mcap.RECORD_HEADER.size:
        raise ChunkError("bad_chunk", "the chunk record is cut off")
    opcode, length = mcap.RECORD_HEADER.unpack_from(record)
    content = record[mcap.RECORD_HEADER.size :]
    if opcode != mcap.CHUNK or length != len(content):
        raise ChunkError("bad_chunk", "there is no chunk record of the promised length here")
    header = mcap.parse_chunk_header(content)
    if header.payload_length != len(content) - header.payload_start:
        raise ChunkError("bad_chunk", "the chunk's bytes do not fill its record")
    check_budget(header)
    return header


def add_chunk(batch: Batch, header: mcap.ChunkHeader, raw: memoryview, chunk: ChunkIndex, directory: Directory) -> bool:
    """Unpack the chunk record at the start of `raw`, with its message indexes behind it, into `batch`.

    Returns whether the indexes were right; absent ones count as right.
    """
    stored = raw[mcap.RECORD_HEADER.size + header.payload_start : chunk.length]
    target = batch.reserve(header.uncompressed_size)
    unpack(header, stored, target)
    offsets, is_index_right = message_offsets(target, raw[chunk.length :], directory)
    promised = chunk.num_messages
    is_index_right = promised < 0 or (is_index_right and len(offsets) == promised)
    kept = offsets if promised < 0 else offsets[:promised]
    batch.add(header.uncompressed_size, kept, chunk.start, 0)
    return is_index_right


def chunk_problem(error: McapError, offset: int, first_record_index: int, num_messages: int) -> Problem:
    """What `error` says about the chunk at `offset`."""
    reason = error.reason if isinstance(error, ChunkError) else "bad_chunk"
    return Problem(reason, str(error), record_index=first_record_index, byte_offset=offset, num_messages=num_messages)
