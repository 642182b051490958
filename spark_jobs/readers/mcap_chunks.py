"""MCAP chunks to arrays: decompress under a budget, check the CRC, and gather message headers through the index."""

import zlib
from dataclasses import dataclass, replace
from threading import local

import lz4.frame
import numpy as np
import numpy.typing as npt
import zstandard

from spark_jobs.readers import compiled
from spark_jobs.readers import mcap_records as mcap
from spark_jobs.readers.limits import MAX_CHUNK_BYTES, MAX_CHUNK_RATIO, RATIO_FREE_BYTES
from spark_jobs.readers.mcap_file import Directory
from spark_jobs.readers.mcap_records import ChunkHeader, McapError

Ints = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]

MESSAGE_HEADER = np.dtype(
    [("opcode", "u1"), ("length", "<u8"), ("channel", "<u2"), ("sequence", "<u4"), ("log", "<u8"), ("publish", "<u8")]
)
_INDEX_ENTRY = np.dtype([("log", "<u8"), ("offset", "<u8")])
_of_thread = local()
_MAX_OTHERS = 4_096
"""Records between the messages of a chunk (schemas, channels) that the compiled walk has room for."""


class ChunkError(McapError):
    """A chunk that cannot be used; `reason` is the code for bronze.quarantine."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Records:
    """Messages of one batch in file order; arrays of equal length.

    A payload is data[start : start + length]. `chunk_offset` is the chunk record's offset in the file, -1 when not
    chunked; `payload_offset` counts in the uncompressed chunk, or in the file when not chunked. Times are ns. `crc32`:
    of the payloads, where it is known already.
    """

    data: Octets
    channel: Ints
    sequence: Ints
    log_time_ns: Ints
    publish_time_ns: Ints
    start: Ints
    length: Ints
    chunk_offset: Ints
    payload_offset: Ints
    record_index: Ints
    crc32: Ints | None = None

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> "Records":
        """The messages at `rows`."""
        names = [name for name in self.__dataclass_fields__ if name not in ("data", "crc32")]
        taken = Records(self.data, *(getattr(self, name)[rows] for name in names))
        return taken if self.crc32 is None else replace(taken, crc32=self.crc32[rows])


def gather(data: Octets, at: Ints, dtype: np.dtype[np.void]) -> npt.NDArray[np.void]:
    """One `dtype` value per offset of `at`; the offsets may be unaligned and must fit."""
    size = dtype.itemsize
    window = np.ndarray((max(len(data) - size + 1, 0),), dtype=f"V{size}", buffer=data, strides=(1,))
    return window[at].view(dtype)


def check_budget(header: ChunkHeader) -> None:
    """Refuse a chunk by its claims, before anything is allocated.

    Raises:
        ChunkError: larger than the budget, or compressed beyond belief.
    """
    size, stored = header.uncompressed_size, header.payload_length
    if size > MAX_CHUNK_BYTES:
        raise ChunkError("over_budget", f"the chunk claims {size} bytes; the budget is {MAX_CHUNK_BYTES}")
    if size > RATIO_FREE_BYTES and size > MAX_CHUNK_RATIO * max(stored, 1):
        raise ChunkError("over_budget", f"the chunk claims {size} bytes out of {stored}; at most {MAX_CHUNK_RATIO}:1")


def unpack(header: ChunkHeader, stored: memoryview, out: Octets) -> None:
    """Decompress `stored` into `out`, whose size is the one that the chunk claims, and check the CRC.

    Raises:
        ChunkError: unknown compression, damaged bytes, another size than claimed, or a CRC that does not match.
    """
    target = out.data
    try:
        if header.compression == "zstd":
            with _decompressor().stream_reader(stored, read_across_frames=True) as reader:
                num_bytes = _fill(reader, target)
                has_more = bool(reader.read(1))
        elif header.compression == "lz4":
            decompressor = lz4.frame.LZ4FrameDecompressor()
            part = decompressor.decompress(stored, max_length=len(target) + 1)
            num_bytes, has_more = len(part), len(part) > len(target)
            target[: min(num_bytes, len(target))] = part[: len(target)]
        elif header.compression == "":
            num_bytes, has_more = len(stored), len(stored) > len(target)
            target[: min(num_bytes, len(target))] = stored[: len(target)]
        else:
            raise ChunkError("unknown_compression", f"compression {header.compression!r} is not known")
    except (zstandard.ZstdError, RuntimeError) as error:
        raise ChunkError("bad_chunk", f"the chunk does not decompress: {error}") from error
    if num_bytes != len(target) or has_more:
        raise ChunkError("bad_chunk", f"the chunk holds another size than the {len(target)} bytes it claims")
    if header.uncompressed_crc and crc32(out) != header.uncompressed_crc:
        raise ChunkError("bad_crc", "the chunk does not match its CRC")


def _decompressor() -> zstandard.ZstdDecompressor:
    """The one of this thread: a new one for each chunk costs a tenth of decompressing it."""
    if not hasattr(_of_thread, "zstd"):
        _of_thread.zstd = zstandard.ZstdDecompressor()
    found: zstandard.ZstdDecompressor = _of_thread.zstd
    return found


def message_heads(data: Octets, at: Ints) -> Ints:
    """(channel, sequence, log time, publish time, payload size), a row each, of the message records at `at`."""
    if compiled.enabled():
        from spark_jobs.readers import bytes_kernel

        found = np.empty((5, len(at)), np.int64)
        bytes_kernel.heads(data, at, found)
        return found
    heads = gather(data, at, MESSAGE_HEADER)
    heads["length"] -= 22
    return np.stack([heads[name].astype(np.int64) for name in ("channel", "sequence", "log", "publish", "length")])


def crc32(data: Octets) -> int:
    """CRC-32 of all of `data`."""
    return int(payload_crcs(data, np.zeros(1, np.int64), np.full(1, len(data)))[0])


def payload_crcs(data: Octets, start: Ints, length: Ints) -> Ints:
    """CRC-32 of each data[start : start + length]."""
    if compiled.enabled():
        from spark_jobs.readers import crc_kernel

        found = np.empty(len(start), np.int64)
        crc_kernel.crc32(data, start, length, found)
        return found
    view, stop = data.data, start + length
    return np.array([zlib.crc32(view[a:b]) for a, b in zip(start.tolist(), stop.tolist(), strict=True)], np.int64)


def _fill(reader: zstandard.ZstdDecompressionReader, target: memoryview) -> int:
    """Read until `target` is full or the stream ends; the number of bytes read."""
    at = 0
    while at < len(target) and (step := reader.readinto(target[at:])):
        at += step
    return at


def _index_offsets(indexes: memoryview) -> Ints:
    """The offsets that message index records name, ascending; none when the records are not whole."""
    if compiled.enabled():
        from spark_jobs.readers import bytes_kernel

        found = np.empty(len(indexes) // _INDEX_ENTRY.itemsize, np.int64)
        return np.sort(found[: bytes_kernel.index_offsets(np.frombuffer(indexes, np.uint8), found)])
    try:
        parts = [content[6:] for opcode, _, content in mcap.records(indexes) if opcode == mcap.MESSAGE_INDEX]
    except McapError:
        return np.empty(0, np.int64)
    offsets = [np.frombuffer(part, _INDEX_ENTRY)["offset"] for part in parts if len(part) % _INDEX_ENTRY.itemsize == 0]
    return np.sort(np.concatenate(offsets)).astype(np.int64) if offsets else np.empty(0, np.int64)


def message_offsets(data: Octets, indexes: memoryview, directory: Directory) -> tuple[Ints, bool]:
    """Offsets of the message records in the uncompressed chunk `data`, ascending, and whether the index was right.

    `indexes` are the message index records behind the chunk. They are believed when the records they name, and the
    other records between them, tile the chunk exactly; else the chunk is scanned. Schemas and channels found between
    the messages go into `directory`.

    Raises:
        ChunkError: the chunk is not a row of whole records.
    """
    at = _index_offsets(indexes)
    if compiled.enabled() and (walked := _walk(data, directory)) is not None:
        return walked, np.array_equal(walked, at)
    if not len(at) or at[0] < 0 or at[-1] > len(data) - min(len(data), MESSAGE_HEADER.itemsize):
        return _scan(data, 0, len(data), directory), not len(at) and not len(data)
    heads = gather(data, at, MESSAGE_HEADER)
    lengths = heads["length"]
    is_message = (heads["opcode"] == mcap.MESSAGE) & (lengths >= 22) & (lengths <= len(data))
    ends = at + mcap.RECORD_HEADER.size + np.where(is_message, lengths, 0).astype(np.int64)
    gap_starts, gap_ends = np.append(0, ends), np.append(at, len(data))
    if is_message.all() and (gap_starts <= gap_ends).all():
        gaps = np.nonzero(gap_starts < gap_ends)[0]
        found = [_scan(data, int(gap_starts[i]), int(gap_ends[i]), directory) for i in gaps]
        if not any(len(part) for part in found):
            return at, True
    return _scan(data, 0, len(data), directory), False


def _walk(data: Octets, directory: Directory) -> Ints | None:
    """Message offsets by the compiled walk; None where `_scan` has to say what is wrong."""
    from spark_jobs.readers import bytes_kernel

    found, others = np.empty(len(data) // MESSAGE_HEADER.itemsize + 1, np.int64), np.empty(_MAX_OTHERS, np.int64)
    num_messages, num_others = bytes_kernel.walk(data, found, others)
    if num_messages < 0:
        return None
    for at in others[:num_others].tolist():
        opcode, length = mcap.RECORD_HEADER.unpack_from(data.data, at)
        directory.add(opcode, data.data[at + mcap.RECORD_HEADER.size :][:length])
    return found[:num_messages].copy()


def _scan(data: Octets, start: int, stop: int, directory: Directory) -> Ints:
    """Message offsets in data[start:stop], found by walking its records one by one: the slow path."""
    offsets = []
    try:
        for opcode, at, content in mcap.records(data.data[start:stop]):
            if opcode == mcap.MESSAGE:
                if len(content) < MESSAGE_HEADER.itemsize - mcap.RECORD_HEADER.size:
                    raise McapError("a message is shorter than its header", at)
                offsets.append(start + at)
            else:
                directory.add(opcode, content)
    except McapError as error:
        raise ChunkError("bad_chunk", f"the records in the chunk do not fit: {error}") from error
    return np.array(offsets, np.int64)
