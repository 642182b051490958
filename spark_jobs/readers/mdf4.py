"""MDF4 bus logging to rows. The only module that imports asammdf (LGPL): nothing else depends on it."""

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from asammdf.blocks.mdf_v4 import MDF4

from longtail.contracts import conform
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant
from spark_jobs.readers.vehicle_streams import frame_data

Rows = Iterator[tuple[str, pa.Table]]
Ints = npt.NDArray[np.int64]

SLICE_RECORDS = 500_000
_LOCAL_TIME = 1  # bit of header.time_flags: the start time is local time, its offset from UTC unknown


class _Log(MDF4):
    """An MDF4 file. The class behind asammdf's front is used because its clean-up after an opening that failed halfway
    stumbles over what it never set up, and says so on the terminal.
    """

    def __init__(self, path: str) -> None:
        options: dict[str, Any] = {"original_name": path, "__internal__": True}
        super().__init__(path, **options)

    def __del__(self) -> None:
        with suppress(AttributeError):
            super().__del__()


def plan(source: SourceFile) -> FilePlan:
    """One task over all channel groups. The records of an MDF4 file are the cycles of its groups, in group order."""
    try:
        with closing(_Log(source.path)) as file:
            num_records = sum(_cycles(file))
            problems = []
            if file.header.time_flags & _LOCAL_TIME and num_records:
                detail = f"the header gives local time ({file.header.start_time:%Y-%m-%dT%H:%M:%S}); taken as UTC"
                problems.append(Problem("local_time", detail))
            tasks = [Task(source, 0, len(file.groups), 0)] if num_records else []
            return FilePlan(source, tasks, num_records, file.header.author or None, problems=problems)
    except Exception as error:  # asammdf raises whatever the bytes lead it into: key, type, struct and its own errors
        detail = f"asammdf cannot open it: {type(error).__name__}: {error}"[:500]
        return FilePlan(source, [], problems=[Problem("bad_mf4", detail, byte_offset=0)])


def read(task: Task) -> Rows:
    """Frames of the task's groups as bronze.can_frames, every record as bronze.messages."""
    with closing(_Log(task.source.path)) as file:
        first = task.first_record_index
        cycles = _cycles(file)
        for group in range(task.start, task.stop):
            for offset in range(0, cycles[group], SLICE_RECORDS):
                count = min(SLICE_RECORDS, cycles[group] - offset)
                try:
                    yield from _slice(task.source, file, group, offset, count, first + offset)
                except Exception as error:  # as above: a damaged block must not cost the other groups
                    detail = f"channel group {group}: {type(error).__name__}: {error}"[:500]
                    lost = Problem("bad_mf4", detail, f"group/{group}", first + offset, None, count)
                    yield from yield_quarantine(task.source, [lost])
            first += cycles[group]


def _cycles(file: MDF4) -> list[int]:
    return [int(group.channel_group.cycles_nr) for group in file.groups]


def _slice(source: SourceFile, file: MDF4, group: int, offset: int, count: int, first: int) -> Rows:
    """Rows of `count` records of one group. Everything is computed before anything is given: all or nothing."""
    names = [channel.name for channel in file.groups[group].channels]
    kind = next((name for name in names if name in ("CAN_DataFrame", "CAN_RemoteFrame", "CAN_ErrorFrame")), None)
    kind = kind or next((name for name in names if name.startswith("LIN_") and "." not in name), None)
    acquisition = file.groups[group].channel_group.acq_name
    master = file.get_master(group, record_offset=offset, record_count=count)
    time_ns = int(file.header.abs_time) + np.rint(np.asarray(master, np.float64) * 1e9).astype(np.int64)
    if len(time_ns) != count:
        raise ValueError(f"{len(time_ns)} of {count} records are there")
    index = np.arange(first, first + count)
    if kind is None:
        topic = pa.repeat(pa.scalar(acquisition or f"group/{group}"), count)
        yield (
            "bronze.messages",
            _messages(source, topic, "other", None, None, index, time_ns, np.zeros(count, np.int64)),
        )
        return
    samples = file.get(kind, group=group, raw=True, record_offset=offset, record_count=count).samples
    prefix = "lin" if kind.startswith("LIN") else "can"
    bus = _field(samples, kind, "BusChannel", count)
    topic = pa.array(np.char.add(f"{prefix}/", bus.astype(np.str_)))
    size = _field(samples, kind, "DataLength", count)
    if kind != "CAN_DataFrame":
        yield "bronze.messages", _messages(source, topic, prefix, kind, None, index, time_ns, np.zeros(count, np.int64))
        return
    frames = _frames(source, topic, samples, bus, size, index, time_ns)
    messages = _messages(source, topic, prefix, kind, "can_frames", index, time_ns, size)
    yield "bronze.can_frames", frames
    yield "bronze.messages", messages


def _field(samples: npt.NDArray[Any], kind: str, name: str, count: int) -> Ints:
    """A number of every frame; zeros where the group does not record it."""
    full = f"{kind}.{name}"
    if samples.dtype.names is None or full not in samples.dtype.names:
        return np.zeros(count, np.int64)
    return np.asarray(samples[full]).astype(np.int64)


def _frames(
    source: SourceFile, topic: pa.Array, samples: npt.NDArray[Any], bus: Ints, size: Ints, index: Ints, time_ns: Ints
) -> pa.Table:
    """The bronze.can_frames rows. An id with bit 31 set is extended too: some loggers write the flag there."""
    kind, count = "CAN_DataFrame", len(index)
    can_id = _field(samples, kind, "ID", count)
    is_extended = (_field(samples, kind, "IDE", count) != 0) | (can_id >> 31 & 1 != 0)
    octets = np.ascontiguousarray(samples[f"{kind}.DataBytes"])
    size = np.minimum(size, octets.shape[1])
    columns = {
        **_ids(source, count),
        "record_index": index,
        "topic": topic,
        "log_time_ns": time_ns,
        "bus": bus,
        "can_id": can_id & np.where(is_extended, 0x1FFFFFFF, 0x7FF),
        "is_extended": is_extended,
        "is_received": _field(samples, kind, "Dir", count) == 0,
        "num_data_bytes": size,
        "data": frame_data(octets.view(np.uint8), size),
    }
    return conform("bronze.can_frames", pa.table(columns))


def _messages(
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
