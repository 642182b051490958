"""Records of a bus log, as python-can gives them one by one, to rows of bronze.can_frames and bronze.messages."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.source import SourceFile
from spark_jobs.readers.stream_rows import constant

Rows = Iterator[tuple[str, pa.Table]]

DATA, REMOTE, ERROR = "CAN_DataFrame", "CAN_RemoteFrame", "CAN_ErrorFrame"
EVENTS = "events"
"""Topic of what a log holds besides frames: status of the bus, statistics, other buses."""
_CAN_NAME = re.compile(r"can(\d+)")
_NUMBER = re.compile(r"(\d+)(?=\D*$)")


class Entry(NamedTuple):
    """A record of the log. `frame` is a can.Message, or None for a record that is no frame; `kind` is then its name.

    `offset`, `size` and `crc32` are of the line in the file; None, the data length and 0 where a record is no line.
    """

    record_index: int
    t_ns: int
    frame: Any
    kind: str
    offset: int | None
    size: int
    crc32: int


def kind_of(frame: Any) -> str:
    """DATA, REMOTE or ERROR."""
    return ERROR if frame.is_error_frame else REMOTE if frame.is_remote_frame else DATA


def rows_of(source: SourceFile, entries: Sequence[Entry]) -> Rows:
    """The rows of `entries`: a message each, and a frame for those that carry data."""
    places = [(0, EVENTS) if entry.frame is None else _place(entry.frame.channel) for entry in entries]
    is_data = np.array([entry.kind == DATA for entry in entries], np.bool_)
    shared = _shared(source, entries, [topic for _, topic in places])
    yield "bronze.messages", _messages(entries, is_data, shared)
    if is_data.any():
        rows = pa.array(np.flatnonzero(is_data))
        frames = [entry.frame for entry in entries if entry.kind == DATA]
        columns = {
            **{name: column.take(rows) for name, column in shared.items()},
            "bus": [bus for (bus, _), data in zip(places, is_data, strict=True) if data],
            "can_id": [frame.arbitration_id for frame in frames],
            "is_extended": [frame.is_extended_id for frame in frames],
            "is_received": [frame.is_rx for frame in frames],
            "num_data_bytes": [len(frame.data) for frame in frames],
            "data": pa.array([bytes(frame.data) for frame in frames], pa.binary()),
        }
        yield "bronze.can_frames", conform("bronze.can_frames", pa.table(columns))


def _place(channel: Any) -> tuple[int, str]:
    """(bus, topic) of a channel: a 0-based number, or the name of a network interface."""
    if isinstance(channel, int):
        bus = max(channel, 0)
        return bus, f"can/{bus}"
    name = str(channel)
    if same := _CAN_NAME.fullmatch(name):
        return int(same[1]), f"can/{int(same[1])}"
    found = _NUMBER.search(name)
    return int(found[1][-9:]) if found else 0, name[:256]


def _shared(source: SourceFile, entries: Sequence[Entry], topics: Sequence[str]) -> dict[str, pa.Array]:
    count = len(entries)
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id}
    return {
        **{name: constant(value, count) for name, value in ids.items()},
        "record_index": pa.array([entry.record_index for entry in entries], pa.int64()),
        "topic": pa.array(topics, pa.string()),
        "log_time_ns": pa.array([entry.t_ns for entry in entries], pa.int64()),
    }


def _messages(entries: Sequence[Entry], is_data: np.ndarray, shared: dict[str, pa.Array]) -> pa.Table:
    columns = {
        **shared,
        "schema_name": [entry.kind for entry in entries],
        "message_encoding": ["other" if entry.frame is None else "can" for entry in entries],
        "stream": pa.array(["can_frames" if data else None for data in is_data], pa.string()),
        "payload_offset": pa.array([entry.offset for entry in entries], pa.int64()),
        "num_payload_bytes": [entry.size for entry in entries],
        "crc32": [entry.crc32 for entry in entries],
    }
    return conform("bronze.messages", pa.table(columns))
