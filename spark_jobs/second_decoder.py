"""A second opinion on payloads: messages decoded by public libraries, none of our code, into the columns of ours.

ROS payloads go through the rosbags package, protobuf through Google's runtime, JSON through the standard library.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from spark_jobs.export_sources import Definition
from spark_jobs.readers.columns import Column, Decoded, Level, Text

Decode = Callable[[bytes], Any]
_COMMON = ("builtin_interfaces/msg/Time", "builtin_interfaces/msg/Duration", "std_msgs/msg/Header")
_ABSENT = object()


def decoder_for(definition: Definition) -> Decode | None:
    """How to decode payloads of this channel; None where no second decoder knows the encoding.

    Raises:
        ValueError or an error of the library: the definition cannot be used.
    """
    kind = definition.message_encoding, definition.schema_encoding
    if kind in (("cdr", "ros2msg"), ("cdr", "ros2idl"), ("ros1", "ros1msg")):
        return _ros(definition)
    if kind == ("protobuf", "protobuf"):
        return _protobuf(definition)
    return json.loads if kind[0] == "json" else None


def _ros(definition: Definition) -> Decode:
    text = definition.schema_data.decode("utf-8", "replace")
    package, _, rest = definition.schema_name.partition("/")
    name = f"{package}/msg/{rest.rpartition('/')[2]}"
    is_ros1 = definition.message_encoding == "ros1"
    is_idl = definition.schema_encoding == "ros2idl"
    types = get_types_from_idl(text) if is_idl else get_types_from_msg(text, name)
    known = get_typestore(Stores.ROS1_NOETIC if is_ros1 else Stores.ROS2_HUMBLE)
    store = get_typestore(Stores.EMPTY)
    store.register({each: known.fielddefs[each] for each in _COMMON if each not in types} | types)
    if is_ros1:
        return lambda payload: store.deserialize_ros1(payload, name)
    return lambda payload: store.deserialize_cdr(payload, name)


def _protobuf(definition: Definition) -> Decode:
    files = descriptor_pb2.FileDescriptorSet.FromString(definition.schema_data)
    pool = descriptor_pool.DescriptorPool()
    waiting = {file.name: file for file in files.file}

    def add(name: str) -> None:
        file = waiting.pop(name, None)
        if file is not None:
            for dependency in file.dependency:
                add(dependency)
            pool.Add(file)

    for name in list(waiting):
        add(name)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(definition.schema_name))
    return lambda payload: kind.FromString(payload)


def columns(messages: Sequence[Any], wanted: Sequence[str]) -> Decoded:
    """Decoded messages as columns. A path is "list/inner_list/member.of.member", as the streams name what they read."""
    levels: dict[str, Level] = {}
    items: dict[str, list[Any]] = {"": list(messages)}
    rows = np.arange(len(messages))
    levels[""] = Level(rows, np.zeros(len(rows), np.int64))
    for path in sorted({"/".join(parts[:n]) for parts in map(_lists, wanted) for n in range(1, len(parts) + 1)}):
        above, _, name = path.rpartition("/")
        found = [_member(item, name) for item in items[above]]
        if found and found[0] is _ABSENT:
            items[path] = []
            continue
        items[path] = [item for each in found for item in each]
        sizes = [len(each) for each in found]
        parents = np.repeat(np.arange(len(found)), sizes)
        places = np.array([place for size in sizes for place in range(size)], np.int64)
        levels[path] = Level(parents.astype(np.int64), places)
    for full in wanted:
        path, _, member = full.rpartition("/")
        values = [_member(item, member) for item in items[path]]
        if path in levels and not (values and values[0] is _ABSENT):
            levels[path].columns[member] = _column(values)
    return Decoded(levels, np.empty(0, np.int64))


def _lists(path: str) -> list[str]:
    return path.split("/")[:-1]


def _member(item: Any, path: str) -> Any:
    for name in path.split("."):
        item = item.get(name, _ABSENT) if isinstance(item, dict) else getattr(item, name, _ABSENT)
        if item is _ABSENT:
            return item
    return item


def _column(values: Sequence[Any]) -> Column:
    first = values[0] if values else 0.0
    if isinstance(first, str | bytes | type(None)):
        return _text([each.encode() if isinstance(each, str) else each or b"" for each in values])
    if isinstance(first, np.ndarray | list | tuple):
        rows = [np.asarray(each) for each in values]
        is_fixed = len({len(row) for row in rows}) == 1 and len(rows[0]) < 64
        return np.stack(rows) if is_fixed else _text([row.tobytes() for row in rows])
    return np.array(values)


def _text(values: Sequence[bytes]) -> Text:
    lengths = np.array([len(each) for each in values], np.int64)
    data = np.frombuffer(b"".join(values), np.uint8)
    return Text(data, np.cumsum(lengths) - lengths, lengths)
