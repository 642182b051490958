"""Small recordings of any message type: rosbags makes and serialises the messages, the official writer the file."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from mcap.writer import Writer
from mcap_protobuf.schema import build_file_descriptor_set
from mcap_recordings import START_NS, read_all
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

LINE = "\n" + "=" * 80 + "\nMSG: "
HEADER = LINE + "std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id"
VECTOR = LINE + "geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z"
POINT = LINE + "geometry_msgs/Point\nfloat64 x\nfloat64 y\nfloat64 z"
POSE = POINT + LINE + "geometry_msgs/Quaternion\nfloat64 x\nfloat64 y\nfloat64 z\nfloat64 w"
POSE += LINE + "geometry_msgs/Pose\nPoint position\nQuaternion orientation"
TWIST = VECTOR + LINE + "geometry_msgs/Twist\nVector3 linear\nVector3 angular"
UUID = LINE + "unique_identifier_msgs/UUID\nuint8[16] uuid"

Channel = tuple[str, str, str, bytes, str, list[bytes]]
"""(topic, schema name, schema encoding, definition, message encoding, payloads)."""


class Make:
    """Messages of one definition, made and serialised by rosbags."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.store = get_typestore(Stores.EMPTY)
        self.store.register(get_types_from_msg("builtin_interfaces/Time x", "a/msg/B"))
        self.store.register(
            {"builtin_interfaces/msg/Time": ([], [("sec", (1, ("int32", 0))), ("nanosec", (1, ("uint32", 0)))])}
        )
        self.store.register(get_types_from_msg(text, name))

    def __call__(self, kind: str, /, **values: Any) -> Any:
        return self.store.types[kind.replace("/", "/msg/")](**values)

    def header(self, frame: str, second: int = 5) -> Any:
        stamp = self("builtin_interfaces/Time", sec=second, nanosec=7)
        return self("std_msgs/Header", stamp=stamp, frame_id=frame)

    def xyz(self, kind: str, *values: float) -> Any:
        return self(kind, **dict(zip("xyz", values, strict=True)))

    def pose(self, x: float, y: float, yaw: float = 0.0) -> Any:
        turned = self("geometry_msgs/Quaternion", x=0.0, y=0.0, z=float(np.sin(yaw / 2)), w=float(np.cos(yaw / 2)))
        return self("geometry_msgs/Pose", position=self.xyz("geometry_msgs/Point", x, y, 0.5), orientation=turned)

    def channel(self, topic: str, *messages: Any) -> Channel:
        payloads = [bytes(self.store.serialize_cdr(message, self.name)) for message in messages]
        return topic, self.name, "ros2msg", self.text.encode(), "cdr", payloads


def protobuf(topic: str, *messages: Any) -> Channel:
    described = build_file_descriptor_set(type(messages[0])).SerializeToString()
    name = type(messages[0]).DESCRIPTOR.full_name
    return topic, name, "protobuf", described, "protobuf", [message.SerializeToString() for message in messages]


def read(folder: Path, *channels: Channel, topics: dict[str, Any] | None = None) -> dict[str, pa.Table]:
    """The tables of a recording of `channels`."""
    path = folder / "drive.mcap"
    with path.open("wb") as stream:
        writer = Writer(stream)
        writer.start()
        for topic, name, encoding, text, message_encoding, payloads in channels:
            schema = writer.register_schema(name, encoding, text) if name else 0
            channel = writer.register_channel(topic, message_encoding, schema)
            for tick, payload in enumerate(payloads):
                writer.add_message(channel, START_NS + tick, payload, START_NS + tick)
        writer.finish()
    plan, tables = read_all(path, {"topics": topics or {}})
    assert tables["bronze.messages"].num_rows == plan.recorder_num_messages
    return tables


def reasons(tables: dict[str, pa.Table]) -> list[str]:
    return tables["bronze.quarantine"].column("reason").to_pylist() if "bronze.quarantine" in tables else []
