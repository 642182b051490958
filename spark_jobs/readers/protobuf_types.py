"""Protobuf message types as a recording embeds them, and what their fields look like on the wire."""

from collections.abc import Iterable
from dataclasses import dataclass

from google.protobuf import descriptor_pb2
from google.protobuf.message import DecodeError as WireError

from spark_jobs.readers.columns import DecodeError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""Wire types."""
FIXED = {
    descriptor_pb2.FieldDescriptorProto.TYPE_DOUBLE: "<f8",
    descriptor_pb2.FieldDescriptorProto.TYPE_FLOAT: "<f4",
    descriptor_pb2.FieldDescriptorProto.TYPE_FIXED64: "<u8",
    descriptor_pb2.FieldDescriptorProto.TYPE_FIXED32: "<u4",
    descriptor_pb2.FieldDescriptorProto.TYPE_SFIXED64: "<i8",
    descriptor_pb2.FieldDescriptorProto.TYPE_SFIXED32: "<i4",
}
ZIGZAG = {descriptor_pb2.FieldDescriptorProto.TYPE_SINT32, descriptor_pb2.FieldDescriptorProto.TYPE_SINT64}
TEXT = {descriptor_pb2.FieldDescriptorProto.TYPE_STRING, descriptor_pb2.FieldDescriptorProto.TYPE_BYTES}
MESSAGE = descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE
REPEATED = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED

Types = dict[str, descriptor_pb2.DescriptorProto]


@dataclass(frozen=True, eq=False)
class Definition:
    """A message type and every type that came with it, by full name with a leading dot."""

    root: str
    types: Types


def parse(name: str, descriptor_set: bytes) -> Definition:
    """The type `name` of a serialised FileDescriptorSet, as MCAP embeds it.

    Raises:
        DecodeError: not a descriptor set, or it has no such type.
    """
    try:
        files = descriptor_pb2.FileDescriptorSet.FromString(descriptor_set).file
    except WireError as error:
        raise DecodeError(f"the definition of {name} is not a descriptor set", "bad_schema") from error
    types: Types = {}
    for file in files:
        prefix = f".{file.package}" if file.package else ""
        pending = [(f"{prefix}.{message.name}", message) for message in file.message_type]
        while pending:
            full_name, message = pending.pop()
            types[full_name] = message
            pending += [(f"{full_name}.{nested.name}", nested) for nested in message.nested_type]
    if f".{name}" not in types:
        raise DecodeError(f"the descriptor set has no message {name}", "bad_schema")
    return Definition(f".{name}", types)


def is_wanted(wanted: Iterable[str], path: str) -> bool:
    """True when the field at `path`, or one inside it, is among `wanted`."""
    return any(name == path or name.startswith((f"{path}.", f"{path}/")) for name in wanted)
