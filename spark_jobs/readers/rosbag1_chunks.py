"""ROS 1 bag chunks to arrays: decompressed under a budget; the messages are gathered through the chunk's index."""

import bz2
from collections.abc import Callable, Sequence

import numpy as np

from spark_jobs.readers import rosbag1_records as bag
from spark_jobs.readers.limits import MAX_CHUNK_BYTES
from spark_jobs.readers.mcap_chunks import ChunkError, Ints, Octets, check_budget, gather, unpack
from spark_jobs.readers.mcap_file import Bytes
from spark_jobs.readers.mcap_records import ChunkHeader
from spark_jobs.readers.rosbag1_records import BagError, Record

_INDEX_ENTRY = np.dtype([("seconds", "<u4"), ("nanoseconds", "<u4"), ("offset", "<u4")])
_U4 = np.dtype("V4")
_MAX_LAYOUTS = 8
"""Header layouts that one chunk may mix before it is walked record by record."""

Found = tuple[Ints, Ints, Ints, Ints]
"""(connection, time ns, payload start, payload length) of each message."""


def unpacked(file: Bytes, record: Record) -> Octets:
    """The content of the chunk `record`.

    Raises:
        ChunkError: over budget, an unknown compression, or bytes that do not decompress to the size they claim.
    """
    size, compression = record.number(b"size", 4), record.text(b"compression")
    header = ChunkHeader(size, 0, "" if compression == "none" else compression, 0, record.data_length)
    check_budget(header)
    if record.data_length > MAX_CHUNK_BYTES + (1 << 20):
        raise ChunkError("over_budget", f"the chunk record claims {record.data_length} bytes")
    stored = memoryview(file.read(record.data_start, record.data_length))
    if compression == "bz2":
        return _bunzipped(stored, size)
    found = np.empty(size, np.uint8)
    unpack(header, stored, found)
    return found


def _bunzipped(stored: memoryview, size: int) -> Octets:
    decompressor = bz2.BZ2Decompressor()
    try:
        content = decompressor.decompress(stored, max_length=size + 1)
    except (OSError, EOFError, ValueError) as error:
        raise ChunkError("bad_chunk", f"the chunk does not decompress: {error}") from error
    if len(content) != size or (not decompressor.eof and decompressor.decompress(b"", max_length=1)):
        raise ChunkError("bad_chunk", f"the chunk holds another size than the {size} bytes it claims")
    return np.frombuffer(content, np.uint8)


def messages(data: Octets, index: Sequence[memoryview], define: Callable[[Record, memoryview], None]) -> Found:
    """The messages of the uncompressed chunk `data` in file order.

    `index` holds the entries of its index records. They are believed when the messages that they name, with the
    connection records between them, tile the chunk exactly; else the chunk is walked. `define` takes the connections.

    Raises:
        BagError: the chunk is not a row of whole records.
    """
    parts = [np.frombuffer(part, _INDEX_ENTRY)["offset"] for part in index if len(part) % _INDEX_ENTRY.itemsize == 0]
    at = np.sort(np.concatenate(parts)).astype(np.int64) if parts else np.empty(0, np.int64)
    found = _gathered(data, at) if len(at) else None
    if found is None:
        return _walked(data, 0, len(data), define)
    ends = np.append(0, found[2] + found[3])
    starts = np.append(at, len(data))
    if (ends > starts).any():
        return _walked(data, 0, len(data), define)
    for gap in np.nonzero(ends < starts)[0]:
        if len(_walked(data, int(ends[gap]), int(starts[gap]), define)[0]):
            return _walked(data, 0, len(data), define)
    return found


def _gathered(data: Octets, at: Ints) -> Found | None:
    """The messages at offsets `at`, if there is one at each of them; the headers of a layout are read together."""
    if at[-1] + 8 > len(data):
        return None
    sizes = gather(data, at, _U4).view("<u4").astype(np.int64)
    if (at + 8 + sizes > len(data)).any():
        return None
    columns = tuple(np.empty(len(at), np.int64) for _ in range(4))
    layouts = np.unique(sizes)
    if len(layouts) > _MAX_LAYOUTS:
        return None
    for size in layouts.tolist():
        rows = np.nonzero(sizes == size)[0]
        head = np.dtype((np.void, size))
        headers = gather(data, at[rows] + 4, head).view(np.uint8).reshape(len(rows), size)
        places = _places(headers[0].tobytes())
        if places is None:
            return None
        is_fixed = np.ones(size, np.bool_)
        for place, width in places:
            is_fixed[place : place + width] = False
        if (headers[:, is_fixed] != headers[0, is_fixed]).any():
            return None
        (conn, _), (time, _) = places
        seconds, nanoseconds = (_column(headers, time + shift) for shift in (0, 4))
        columns[0][rows], columns[1][rows] = _column(headers, conn), seconds * 1_000_000_000 + nanoseconds
        columns[2][rows] = at[rows] + 8 + size
        columns[3][rows] = gather(data, at[rows] + 4 + size, _U4).view("<u4")
    return columns[0], columns[1], columns[2], columns[3]


def _column(headers: Octets, place: int) -> Ints:
    """The 4-byte numbers at `place` of each header."""
    return np.ascontiguousarray(headers[:, place : place + 4]).view("<u4")[:, 0].astype(np.int64)


def _places(header: bytes) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """(offset, width) of the values of `conn` and `time` in a message header; None: it is no message."""
    places, at, is_message = {}, 0, False
    while at + 4 <= len(header):
        size = int.from_bytes(header[at : at + 4], "little")
        name, _, value = header[at + 4 : at + 4 + size].partition(b"=")
        places[name] = (at + 5 + len(name), len(value))
        is_message |= name == b"op" and value == bytes([bag.MESSAGE])
        at += 4 + size
    conn, time = places.get(b"conn"), places.get(b"time")
    if at != len(header) or not is_message or conn is None or time is None or conn[1] != 4 or time[1] != 8:
        return None
    return conn, time


def _walked(data: Octets, start: int, stop: int, define: Callable[[Record, memoryview], None]) -> Found:
    """The messages of data[start:stop], record by record: the slow path."""
    rows, view, at = [], data[:stop].data, start
    while at < stop:
        record = bag.record_in(view, at)
        if record.op == bag.MESSAGE:
            time = bag.time_ns(record.number(b"time", 8).to_bytes(8, "little"))
            rows.append((record.number(b"conn", 4), time, record.data_start, record.data_length))
        elif record.op == bag.CONNECTION:
            define(record, view[record.data_start : record.stop])
        else:
            raise BagError(f"a record of kind {record.op} lies in a chunk", at)
        at = record.stop
    columns = np.array(rows, np.int64).reshape(len(rows), 4)
    return columns[:, 0].copy(), columns[:, 1].copy(), columns[:, 2].copy(), columns[:, 3].copy()
