"""MDF4 recordings to rows: bus logging as frames, other channels as blocks of signals, every record as a message.

asammdf reads the description of a file. Where the records of a group lie one behind the other, all of one length, they
are read as one matrix of bytes, several times as fast as asammdf does it channel by channel; all else is left to it.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spark_jobs.readers import mdf4_rows
from spark_jobs.readers.can_logs import missing_extra
from spark_jobs.readers.mdf4_blocks import BadBlock
from spark_jobs.readers.mdf4_channels import Channel
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant

if TYPE_CHECKING:
    from spark_jobs.readers.mdf4_log import Log

Rows = Iterator[tuple[str, pa.Table]]
Ints = npt.NDArray[np.int64]
Octets = npt.NDArray[np.uint8]

SLICE_RECORDS = 500_000
SIGNAL_BYTES = 16 * 1024 * 1024
"""Bytes of the signals of a slice; what lies beside it in memory is small."""


def plan(source: SourceFile) -> FilePlan:
    """One task over all channel groups. The records of an MDF4 file are the cycles of its groups, in group order."""
    missing = missing_extra("asammdf")
    if missing is not None:
        return FilePlan(source, [], problems=[missing])
    try:
        with closing(_opened(source)) as file:
            num_records = sum(file.cycles())
            problems = []
            if file.is_local_time and num_records:
                detail = f"the header gives local time ({file.header.start_time:%Y-%m-%dT%H:%M:%S}); taken as UTC"
                problems.append(Problem("local_time", detail))
            tasks = [Task(source, 0, len(file.groups), 0)] if num_records else []
            return FilePlan(source, tasks, num_records, file.header.author or None, problems=problems)
    except Exception as error:  # asammdf raises whatever the bytes lead it into: key, type, struct and its own errors
        detail = f"asammdf cannot open it: {type(error).__name__}: {error}"[:500]
        return FilePlan(source, [], problems=[Problem("bad_mf4", detail, byte_offset=0)])


def read(task: Task) -> Rows:
    """The groups of the task as bronze.can_frames or bronze.signal_blocks, every record as bronze.messages."""
    with closing(_opened(task.source)) as file:
        first = task.first_record_index
        cycles = file.cycles()
        for group in range(task.start, task.stop):
            if cycles[group]:
                yield from _group(task.source, file, group, cycles[group], first)
            first += cycles[group]


def _opened(source: SourceFile) -> "Log":
    from spark_jobs.readers.mdf4_log import Log  # the library is an extra, and takes its time to load

    return Log(source.path)


def _group(source: SourceFile, file: "Log", group: int, count: int, first: int) -> Rows:
    """Rows of one group, the first record being number `first`; what is damaged must not cost the other groups."""
    done = 0
    try:
        slices = _from_records(source, file, group, first)
        for num_records, rows in slices if slices is not None else _by_asammdf(source, file, group, count, first):
            yield from rows
            done += num_records
    except Exception as error:  # as above
        detail = f"channel group {group}: {type(error).__name__}: {error}"[:500]
        at = error.byte_offset if isinstance(error, BadBlock) else None
        lost = Problem("bad_mf4", detail, f"group/{group}", first + done, at, count - done)
        yield from yield_quarantine(source, [lost])


def _from_records(
    source: SourceFile, file: "Log", group: int, first: int
) -> Iterator[tuple[int, list[tuple[str, pa.Table]]]] | None:
    """(number of records, their rows) slice by slice from the records themselves; None where asammdf is needed."""
    records = file.records(group)
    time, channels = file.channels(group)
    kind = file.kind(group)
    data_at = file.bytes_at(group, f"{kind}.DataBytes")
    if records is None or time is None or (kind == "CAN_DataFrame" and data_at is None):
        return None
    samples = int(file.groups[group].channel_group.samples_byte_nr)
    width = SLICE_RECORDS if kind else min(SLICE_RECORDS, max(SIGNAL_BYTES // (8 * (len(channels) + 1)), 1))

    def slices() -> Iterator[tuple[int, list[tuple[str, pa.Table]]]]:
        begin = first
        for matrix in records.slices(0, width):
            index = np.arange(begin, begin + len(matrix))
            seconds = np.empty(len(matrix))
            time.write(matrix, samples, seconds)
            time_ns = file.start_ns + np.rint(seconds * 1e9).astype(np.int64)
            if kind is None:
                yield len(matrix), list(_signals(source, file.topic(group), channels, matrix, samples, index, time_ns))
            else:
                data = matrix[:, data_at[0] : data_at[0] + data_at[1]] if data_at else None
                field = _Fields(matrix, kind, channels)
                yield len(matrix), list(mdf4_rows.bus_rows(source, kind, field, data, index, time_ns))
            begin += len(matrix)

    return slices()


class _Fields:
    """Numbers of bus frames by name, as mdf4_rows.Field, from a matrix of records."""

    def __init__(self, matrix: Octets, kind: str, channels: list[Channel]) -> None:
        self._matrix, self._kind = matrix, kind
        self._channels = {channel.name: channel for channel in channels}

    def __call__(self, name: str) -> Ints:
        channel = self._channels.get(f"{self._kind}.{name}")
        if channel is None:
            return np.zeros(len(self._matrix), np.int64)
        return channel.raw(self._matrix).astype(np.int64)


def _signals(
    source: SourceFile, topic: str, channels: list[Channel], matrix: Octets, samples: int, index: Ints, time_ns: Ints
) -> Rows:
    values = np.empty((1 + len(channels), len(matrix)))
    for channel, out in zip(channels, values[1:], strict=True):
        channel.write(matrix, samples, out)
    names = [(channel.name, channel.unit) for channel in channels]
    yield from _measured(source, topic, names, values, index, time_ns, matrix.shape[1])


def _measured(
    source: SourceFile,
    topic: str,
    names: list[tuple[str, str | None]],
    values: Any,
    index: Ints,
    time_ns: Ints,
    size: int,
) -> Rows:
    stream = "signal_blocks" if names else None
    if names:
        yield "bronze.signal_blocks", mdf4_rows.signal_rows(source, topic, names, values, index, time_ns)
    shared = (constant(topic, len(index)), "other", None, stream, index, time_ns, np.full(len(index), size))
    yield "bronze.messages", mdf4_rows.message_rows(source, *shared)


def _by_asammdf(
    source: SourceFile, file: "Log", group: int, count: int, first: int
) -> Iterator[tuple[int, list[tuple[str, pa.Table]]]]:
    """(number of records, their rows) slice by slice. Everything is computed before anything is given."""
    kind = file.kind(group)
    names = [] if kind else _numeric_names(file, group)
    get: Any = file.get
    width = SLICE_RECORDS if kind else min(SLICE_RECORDS, max(SIGNAL_BYTES // (8 * (len(names) + 1)), 1))
    for offset in range(0, count, width):
        part = min(width, count - offset)
        place = {"group": group, "record_offset": offset, "record_count": part}
        time_ns = file.times_ns(group, offset, part)
        index = np.arange(first + offset, first + offset + part)
        if kind is None:
            found = [np.asarray(get(index=n, raw=is_raw, **place).samples, np.float64) for n, is_raw, _, _ in names]
            values = np.array([np.empty(part), *found])
            size = int(file.groups[group].channel_group.samples_byte_nr)
            units = [(name, unit) for _, _, name, unit in names]
            yield part, list(_measured(source, file.topic(group), units, values, index, time_ns, size))
            continue
        samples = get(kind, raw=True, **place).samples

        def field(name: str, samples: Any = samples, part: int = part) -> Ints:
            full = f"{kind}.{name}"
            if samples.dtype.names is None or full not in samples.dtype.names:
                return np.zeros(part, np.int64)
            return np.asarray(samples[full]).astype(np.int64)

        is_data = kind == "CAN_DataFrame"
        data = np.ascontiguousarray(samples[f"{kind}.DataBytes"]).view(np.uint8) if is_data else None
        yield part, list(mdf4_rows.bus_rows(source, kind, field, data, index, time_ns))


def _numeric_names(file: "Log", group: int) -> list[tuple[int, bool, str, str | None]]:
    """(index, is to be read raw, name, unit) of the channels of a group that are numbers and not its time."""
    known = {channel.name: channel for channel in file.channels(group)[1]}
    blocks = [
        (number, known[block.name]) for number, block in enumerate(file.groups[group].channels) if block.name in known
    ]
    return [(number, channel.is_text, channel.name, channel.unit) for number, channel in blocks]
