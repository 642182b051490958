"""The protobuf message of an event's metrics: named by quantity and unit, so that a plot needs no legend."""

from functools import cache
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from google.protobuf.descriptor import FileDescriptor

from longtail.event_files.window import METRICS, NS, Window

NAME = "longtail.EventMetrics"
EGO = {
    "ego_speed_mps": "vx_ego_mps",
    "ego_acceleration_mps2": "ax_ego_mps2",
    "ego_lateral_acceleration_mps2": "ay_ego_mps2",
    "ego_jerk_mps3": "jerk_x_ego_mps3",
    "ego_yaw_rate_radps": "yaw_rate_radps",
}
"""Field: column of silver.ego_motion."""
_TEXTS = ("event_id", "phase", "track_id")
_FILE = "longtail/EventMetrics.proto"
_FIELD = descriptor_pb2.FieldDescriptorProto


def metrics(window: Window) -> list[dict[str, Any]]:
    """The metrics at every instant of the ego: t_ns, phase, track_id, EGO and METRICS; None: undefined."""
    nobody: dict[str, Any] = dict.fromkeys(("track_id", *METRICS))
    found = []
    for row in window.ego:
        met = window.metrics.get(row["t_ns"], nobody)
        values = {name: row[column] for name, column in EGO.items()} | {name: met[name] for name in METRICS}
        texts = {"event_id": window.event["event_id"], "phase": window.phase(row["t_ns"]), "track_id": met["track_id"]}
        found.append({"t_ns": row["t_ns"], **texts, **values})
    return found


def encoded(row: dict[str, Any]) -> bytes:
    """A row of `metrics` as longtail.EventMetrics; what is undefined is left out, never 0."""
    message = _message_class()()
    message.timestamp.seconds, message.timestamp.nanos = divmod(row["t_ns"], NS)
    for name, value in row.items():
        if name != "t_ns" and value is not None:
            setattr(message, name, value)
    return bytes(message.SerializeToString(deterministic=True))


def file_set(file: FileDescriptor) -> bytes:
    """`file` with everything it imports as a file descriptor set, dependencies first: what MCAP wants as a schema."""
    files: dict[str, FileDescriptor] = {}

    def visit(descriptor: FileDescriptor) -> None:
        for dependency in descriptor.dependencies:
            visit(dependency)
        files.setdefault(descriptor.name, descriptor)

    visit(file)
    descriptors = descriptor_pb2.FileDescriptorSet()
    for descriptor in files.values():
        descriptor.CopyToProto(descriptors.file.add())
    return bytes(descriptors.SerializeToString(deterministic=True))


def schema() -> bytes:
    """The file descriptor set of longtail.EventMetrics."""
    return file_set(_message_class().DESCRIPTOR.file)


@cache
def _message_class() -> Any:
    """proto3 with explicit presence: an undefined time to collision is absent, and no plot draws it at 0."""
    file = descriptor_pb2.FileDescriptorProto(name=_FILE, package="longtail", syntax="proto3")
    file.dependency.append(timestamp_pb2.DESCRIPTOR.name)
    message = file.message_type.add(name=NAME.partition(".")[2])
    message.field.add(
        name="timestamp",
        number=1,
        label=_FIELD.LABEL_OPTIONAL,
        type=_FIELD.TYPE_MESSAGE,
        type_name=".google.protobuf.Timestamp",
    )
    typed = [(name, _FIELD.TYPE_STRING) for name in _TEXTS] + [(name, _FIELD.TYPE_DOUBLE) for name in (*EGO, *METRICS)]
    for number, (name, kind) in enumerate(typed):
        message.field.add(
            name=name,
            number=number + 2,
            label=_FIELD.LABEL_OPTIONAL,
            type=kind,
            proto3_optional=True,
            oneof_index=number,
        )
        message.oneof_decl.add(name=f"_{name}")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(timestamp_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(NAME))
