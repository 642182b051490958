"""The reader of ASAM OSI traces (.osi): messages one behind the other, each with its length in 4 bytes before it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import DecodeError as WireError

from spark_jobs.readers import protobuf_payload
from spark_jobs.readers.limits import BATCH_BYTES, MAX_CHUNK_BYTES
from spark_jobs.readers.mcap_channels import Channels
from spark_jobs.readers.mcap_chunks import Ints, Records
from spark_jobs.readers.mcap_file import Bytes, Directory, open_bytes
from spark_jobs.readers.mcap_records import Channel, Schema
from spark_jobs.readers.rosbag_rows import record_rows, wanted_payloads
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task

_HEAD = 4
_KINDS = {"gt": "osi3.GroundTruth", "sv": "osi3.SensorView"}
_NAMED = re.compile(r"(?:^|_)(gt|sv|sd|tu|tc|hvd|mr|mc|su|sdc)(?:_|\.)")
"""The kind of message in the file names that OSI recommends (<time>_<kind>_<version>_...osi)."""
_OTHER = {
    "sd": "osi3.SensorData",
    "tu": "osi3.TrafficUpdate",
    "tc": "osi3.TrafficCommand",
    "hvd": "osi3.HostVehicleData",
}
TOPIC = "osi"


def plan(source: SourceFile) -> FilePlan:
    """One task: a trace has no index. Its time is simulated: seconds from the start of the run."""
    try:
        with open_bytes(source.path) as file:
            size = int.from_bytes(file.read(0, _HEAD), "little")
            if (
                not 0 < size <= file.num_bytes - _HEAD
                or _kind(source.path, file.read(_HEAD, min(size, 1 << 24))) is None
            ):
                raise ValueError(f"{Path(source.path).name} does not start with an OSI message")
    except ValueError as error:
        return FilePlan(source, [], problems=[Problem("not_osi", str(error), byte_offset=0)])
    return FilePlan(source, [Task(source, 0, source.num_bytes, 0)])


def read(task: Task) -> Iterator[tuple[str, pa.Table]]:
    """Rows of `task`: bronze.messages for every record, the typed tables, and bronze.quarantine."""
    with open_bytes(task.source.path) as file:
        channels = Channels(task.source, directory(task.source))
        # The time of a message is in the message; the container has none of its own.
        yield from record_rows(channels, _batches(file, is_timed=True), ("publish_time_ns",))


def directory(source: SourceFile) -> Directory:
    """The one channel of a trace, with the definition that its messages follow."""
    with open_bytes(source.path) as file:
        size = int.from_bytes(file.read(0, _HEAD), "little")
        name = _kind(source.path, file.read(_HEAD, size)) or "osi3.GroundTruth"
    return Directory({1: Channel(1, TOPIC, "protobuf")}, {1: Schema(name, "protobuf", _definition(name))})


def payloads(source: SourceFile, record_indexes: Ints | None = None) -> Iterator[tuple[int, bytes]]:
    """(record_index, payload) in file order, of all messages or of `record_indexes`; what is damaged is left out."""
    with open_bytes(source.path) as file:
        yield from wanted_payloads(_batches(file, is_timed=False), record_indexes)


def _batches(file: Bytes, is_timed: bool) -> Iterator[Records | Problem]:
    """The messages in batches of about BATCH_BYTES, and what is wrong. Without `is_timed` all times are 0."""
    at, index = 0, 0
    while at < file.num_bytes:
        window = memoryview(file.read(at, min(BATCH_BYTES, file.num_bytes - at)))
        starts, sizes, used = _framed(window)
        if not starts and at + len(window) < file.num_bytes:
            size = int.from_bytes(window[:_HEAD], "little")
            if size <= MAX_CHUNK_BYTES and at + _HEAD + size <= file.num_bytes:
                window = memoryview(file.read(at, _HEAD + size))  # one message larger than a batch
                starts, sizes, used = _framed(window)
        if not starts:
            detail = f"the message at {at} does not fit; everything before was read"
            yield Problem("truncated", detail, None, index, at, 0)
            return
        start, length = np.array(starts, np.int64), np.array(sizes, np.int64)
        yield _records(np.frombuffer(window, np.uint8), start, length, at, index, is_timed)
        at, index = at + used, index + len(starts)


def _framed(window: memoryview) -> tuple[list[int], list[int], int]:
    """(payload starts, payload sizes, bytes used) of the whole messages in `window`."""
    starts, sizes, at = [], [], 0
    while at + _HEAD <= len(window):
        size = int.from_bytes(window[at : at + _HEAD], "little")
        if at + _HEAD + size > len(window) or size == 0:
            break
        starts.append(at + _HEAD)
        sizes.append(size)
        at += _HEAD + size
    return starts, sizes, at


def _records(
    data: np.ndarray[tuple[int], np.dtype[np.uint8]], start: Ints, length: Ints, offset: int, first: int, is_timed: bool
) -> Records:
    """The messages at data[start : start + length], which begins at `offset` of the file."""
    none = np.zeros(len(start), np.int64)
    time = none.copy()
    if is_timed:
        wanted, name = ("timestamp.seconds", "timestamp.nanos"), _KINDS["gt"]  # where every OSI message has it
        decoded = protobuf_payload.decode(protobuf_payload.parse(name, _definition(name)), wanted, data, start, length)
        level = decoded.messages
        time[level.parent] = level.integers(wanted[0]) * 1_000_000_000 + level.integers(wanted[1])
    return Records(
        data, none + 1, none, time, none, start, length, none - 1, start + offset, first + np.arange(len(start))
    )


def _kind(path: str, payload: bytes) -> str | None:
    """The type of the messages: by the file name where it says so, else by the first message; None: not OSI."""
    from osi3 import osi_groundtruth_pb2, osi_sensorview_pb2  # type: ignore[import-untyped]

    named = _NAMED.search(Path(path).name.lower())
    if named:
        return _KINDS.get(named[1]) or _OTHER.get(named[1], f"osi3.{named[1]}")
    try:
        osi_groundtruth_pb2.GroundTruth.FromString(payload)
        view = osi_sensorview_pb2.SensorView.FromString(payload)
    except WireError:
        return None
    # The same bytes parse as both: a traffic light of a ground truth stands where a view has its ground truth.
    inner = view.global_ground_truth.moving_object
    return _KINDS["sv" if inner and inner[0].base.HasField("dimension") else "gt"]


@cache
def _definition(name: str) -> bytes:
    """The descriptor set of `name` as osi-python ships it, as MCAP would embed it; of a type not read: b""."""
    from osi3 import osi_groundtruth_pb2, osi_sensorview_pb2

    kinds = {_KINDS["gt"]: osi_groundtruth_pb2, _KINDS["sv"]: osi_sensorview_pb2}
    if name not in kinds:
        return b""
    found: dict[str, descriptor_pb2.FileDescriptorProto] = {}

    def add(file: FileDescriptor) -> None:
        if file.name not in found:
            found[file.name] = descriptor_pb2.FileDescriptorProto()
            file.CopyToProto(found[file.name])
            for needed in file.dependencies:
                add(needed)

    add(kinds[name].DESCRIPTOR)
    return bytes(descriptor_pb2.FileDescriptorSet(file=found.values()).SerializeToString())
