"""An MCAP data section read from its start: no trusted summary, a cut-off end, or no chunks."""

import zlib
from collections.abc import Iterator

import numpy as np

from spark_jobs.readers import mcap_records as mcap
from spark_jobs.readers.limits import MAX_CHUNK_BYTES
from spark_jobs.readers.mcap_batches import Batch, add_chunk, chunk_header, chunk_problem
from spark_jobs.readers.mcap_chunks import MESSAGE_HEADER, Records
from spark_jobs.readers.mcap_file import Bytes, Directory
from spark_jobs.readers.mcap_records import ChunkIndex, McapError
from spark_jobs.readers.source import Problem

WINDOW_BYTES = 8 * 1024 * 1024
_MIN_MESSAGE_BYTES = MESSAGE_HEADER.itemsize - mcap.RECORD_HEADER.size


class Scan:
    """One pass over a data section. Whatever is whole before the file breaks off is given."""

    def __init__(self, file: Bytes, directory: Directory, is_closed: bool) -> None:
        self.file = file
        self.directory = directory
        self.is_closed = is_closed
        self.batch = Batch(0)
        self.at = len(mcap.MAGIC)
        self.crc: int | None = zlib.crc32(mcap.MAGIC)

    def batches(self) -> Iterator[Records | Problem]:
        """The messages in batches, and what is wrong on the way.

        `is_closed` (the footer is in place) decides whether a missing end is reported.
        """
        try:
            while (opcode := self._peek()[0]) != mcap.DATA_END:
                yield from self._chunk() if opcode == mcap.CHUNK else self._window()
            yield from self._end()
        except McapError as error:
            yield Problem("truncated", f"{error}; everything before was read", byte_offset=self.at)
        yield self.batch.flush()

    def _peek(self, at: int | None = None) -> tuple[int, int]:
        """(opcode, record size with its header) at `at` or the current position; the record lies in the file."""
        at = self.at if at is None else at
        opcode, length = mcap.RECORD_HEADER.unpack(self.file.read(at, mcap.RECORD_HEADER.size))
        if opcode == 0 or length > self.file.num_bytes - at - mcap.RECORD_HEADER.size:
            raise McapError(f"the record at {at} (opcode {opcode}) claims {length} bytes and does not fit")
        return opcode, mcap.RECORD_HEADER.size + length

    def _pass(self, data: memoryview | None, size: int) -> None:
        """Go on by `size` bytes; `data` None: they were not read, so the CRC of the section cannot be checked."""
        self.at += size
        self.crc = None if data is None or self.crc is None else zlib.crc32(data[:size], self.crc)

    def _chunk(self) -> Iterator[Records | Problem]:
        """The chunk at the current position, with the message indexes behind it where they are whole."""
        _, size = self._peek()
        index_length, num_promised = self._indexes(self.at + size)
        first, chunk = self.batch.next_index, ChunkIndex(self.at, size, index_length, 0, 0, -1)
        if size > MAX_CHUNK_BYTES + (1 << 20):
            yield Problem("over_budget", f"the chunk record claims {size} bytes", None, first, self.at, num_promised)
            self._pass(None, size + index_length)
            self.batch.next_index = first + num_promised
            return
        raw = self.file.view(self.at, size + index_length)
        try:
            header = chunk_header(raw[:size])
            if not self.batch.fits(header.uncompressed_size):
                yield self.batch.flush()
            add_chunk(self.batch, header, raw, chunk, self.directory)
        except McapError as error:
            yield chunk_problem(error, self.at, first, num_promised)
            self.batch.next_index = first + num_promised
        self._pass(raw, len(raw))

    def _indexes(self, at: int) -> tuple[int, int]:
        """(bytes, entries) of the message index records that follow at `at`."""
        start, num_entries = at, 0
        try:
            while (found := self._peek(at))[0] == mcap.MESSAGE_INDEX:
                num_entries += max(found[1] - 15, 0) // 16
                at += found[1]
        except McapError:
            return at - start, num_entries  # the file ends here; the main loop reports it
        return at - start, num_entries

    def _window(self) -> Iterator[Records | Problem]:
        """The records outside chunks that fit a window, or the one that is larger than it."""
        window = memoryview(self.file.read(self.at, min(WINDOW_BYTES, self.file.num_bytes - self.at)))
        offsets, end = [], 0
        while len(window) - end >= mcap.RECORD_HEADER.size:
            opcode, length = mcap.RECORD_HEADER.unpack_from(window, end)
            content = window[end + mcap.RECORD_HEADER.size : end + mcap.RECORD_HEADER.size + length]
            if opcode in (0, mcap.CHUNK, mcap.DATA_END) or len(content) < length:
                break
            if opcode == mcap.MESSAGE and length >= _MIN_MESSAGE_BYTES:
                offsets.append(end)
            elif opcode == mcap.MESSAGE:
                raise McapError(f"the message at {self.at + end} is shorter than its header")
            else:
                self.directory.add(opcode, content)
            end += mcap.RECORD_HEADER.size + length
        if not end:
            yield from self._large()
            return
        if offsets:
            if not self.batch.fits(end):
                yield self.batch.flush()
            self.batch.reserve(end).data[:] = window[:end]
            self.batch.add(end, np.array(offsets, np.int64), -1, self.at)
        self._pass(window, end)

    def _large(self) -> Iterator[Records | Problem]:
        """The record at the current position, which is larger than a window: a message, or something to skip."""
        opcode, size = self._peek()
        if opcode == mcap.MESSAGE and size <= MAX_CHUNK_BYTES:
            if not self.batch.fits(size):
                yield self.batch.flush()
            raw = memoryview(self.file.read(self.at, size))
            self.batch.reserve(size).data[:] = raw
            self.batch.add(size, np.zeros(1, np.int64), -1, self.at)
            self._pass(raw, size)
            return
        if opcode == mcap.MESSAGE:
            detail = f"a message of {size} bytes; the budget is {MAX_CHUNK_BYTES}"
            yield Problem("over_budget", detail, None, self.batch.next_index, self.at, 1)
            self.batch.next_index += 1
        self._pass(None, size)

    def _end(self) -> Iterator[Problem]:
        """What the end of the data section says."""
        _, size = self._peek()
        declared = int.from_bytes(self.file.read(self.at + size - 4, 4), "little") if size >= 13 else 0
        if declared and self.crc is not None and self.crc != declared:
            yield Problem("bad_crc", "the data section does not match its CRC; which part is unknown", byte_offset=0)
        if not self.is_closed:
            yield Problem("truncated", "the footer is missing; every message before it was read", byte_offset=self.at)
