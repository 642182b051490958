"""Rows of MDF4 groups: bus frames, blocks of measured signals, and a message for every record."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.source import SourceFile
from spark_jobs.readers.stream_rows import constant
from spark_jobs.readers.vehicle_streams import frame_data

Rows = Iterator[tuple[str, pa.Table]]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Octets = npt.NDArray[np.uint8]
Field = Callable[[str], Ints]
"""Gives a number of every record by the name behind "CAN_DataFrame."; zeros where the group does not record it."""


def bus_rows(source: SourceFile, kind: str, field: Field, data: Octets | None, index: Ints, time_ns: Ints) -> Rows:
    """Frames of a bus group. `data` (n, width) are the bytes of data frames; other frames are indexed only."""
    prefix = "lin" if kind.startswith("LIN") else "can"
    bus, size = field("BusChannel"), field("DataLength")
    numbers = pa.array(bus).dictionary_encode()
    names = pa.array([f"{prefix}/{number}" for number in numbers.dictionary.to_pylist()], pa.string())
    topic = names.take(numbers.indices)
    if kind != "CAN_DataFrame" or data is None:
        none = np.zeros(len(index), np.int64)
        yield "bronze.messages", message_rows(source, topic, prefix, kind, None, index, time_ns, none)
        return
    yield "bronze.can_frames", _frames(source, topic, field, bus, size, data, index, time_ns)
    yield "bronze.messages", message_rows(source, topic, prefix, kind, "can_frames", index, time_ns, size)


def _frames(
    source: SourceFile, topic: pa.Array, field: Field, bus: Ints, size: Ints, data: Octets, index: Ints, time_ns: Ints
) -> pa.Table:
    """The bronze.can_frames rows. An id with bit 31 set is extended too: some loggers write the flag there."""
    can_id = field("ID")
    is_extended = (field("IDE") != 0) | (can_id >> 31 & 1 != 0)
    size = np.minimum(size, data.shape[1])
    columns = {
        **_ids(source, len(index)),
        "record_index": index,
        "topic": topic,
        "log_time_ns": time_ns,
        "bus": bus,
        "can_id": can_id & np.where(is_extended, 0x1FFFFFFF, 0x7FF),
        "is_extended": is_extended,
        "is_received": field("Dir") == 0,
        "num_data_bytes": size,
        "data": frame_data(data, size),
    }
    return conform("bronze.can_frames", pa.table(columns))


def signal_rows(
    source: SourceFile, topic: str, names: Sequence[tuple[str, str | None]], values: Floats, index: Ints, time_ns: Ints
) -> pa.Table:
    """bronze.signal_blocks of one slice: a row with the times, then one per channel. `values` is (1 + channels, n): the
    first row is room for the times, so that nothing has to be copied together."""
    count = len(names) + 1
    values[0].view(np.int64)[:] = time_ns
    offsets = np.arange(count + 1, dtype=np.int32) * (8 * len(index))
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(values)]
    columns = {
        **_ids(source, count),
        "record_index": np.full(count, index[0]),
        "topic": constant(topic, count),
        "log_time_ns": np.full(count, time_ns[0]),
        "signal_name": pa.array([None, *(name for name, _ in names)], pa.string()),
        "unit": pa.array([None, *(unit for _, unit in names)], pa.string()),
        "num_samples": np.full(count, len(index)),
        "data": pa.Array.from_buffers(pa.binary(), count, buffers),
    }
    return conform("bronze.signal_blocks", pa.table(columns))


def message_rows(
    source: SourceFile,
    topic: pa.Array,
    encoding: str,
    schema_name: str | None,
    stream: str | None,
    index: Ints,
    time_ns: Ints,
    num_bytes: Ints,
) -> pa.Table:
    """The bronze.messages rows of a slice; a columnar source has no place of a payload in the file."""
    count = len(index)
    columns = {
        **_ids(source, count),
        "record_index": index,
        "topic": topic,
        "schema_name": pa.repeat(pa.scalar(schema_name, pa.string()), count),
        "message_encoding": constant(encoding, count),
        "stream": pa.repeat(pa.scalar(stream, pa.string()), count),
        "log_time_ns": time_ns,
        "num_payload_bytes": num_bytes,
        "crc32": np.zeros(count, np.int64),
    }
    return conform("bronze.messages", pa.table(columns))


def _ids(source: SourceFile, count: int) -> dict[str, pa.Array]:
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id}
    return {name: constant(value, count) for name, value in ids.items()}
