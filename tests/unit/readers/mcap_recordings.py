"""Small MCAP recordings written with the official writer, and what the official reader says is in them."""

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from foxglove_schemas_protobuf.LocationFix_pb2 import LocationFix
from foxglove_schemas_protobuf.PoseInFrame_pb2 import PoseInFrame
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from mcap.reader import NonSeekingReader
from mcap.writer import CompressionType, IndexType, Writer
from mcap_protobuf.decoder import DecoderFactory as ProtobufDecoder
from mcap_protobuf.schema import build_file_descriptor_set
from mcap_ros2._dynamic import serialize_dynamic
from mcap_ros2.decoder import DecoderFactory as Ros2Decoder

from fleet.ros2_types import definition
from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import FilePlan, SourceFile

START_NS = 1_763_000_000_000_000_000
POSE_STAMPED = (
    b"std_msgs/Header header\ngeometry_msgs/Pose pose\n" + b"=" * 80 + b"\nMSG: std_msgs/Header\n"
    b"builtin_interfaces/Time stamp\nstring frame_id\n" + b"=" * 80 + b"\nMSG: geometry_msgs/Pose\n"
    b"geometry_msgs/Point position\ngeometry_msgs/Quaternion orientation\n"
    + b"="
    * 80
    + b"\nMSG: geometry_msgs/Point\n"
    b"float64 x\nfloat64 y\nfloat64 z\n" + b"=" * 80 + b"\nMSG: geometry_msgs/Quaternion\n"
    b"float64 x 0\nfloat64 y 0\nfloat64 z 0\nfloat64 w 1\n" + b"=" * 80 + b"\nMSG: builtin_interfaces/Time\n"
    b"int32 sec\nuint32 nanosec\n"
)
DECLARATION = {"topics": {"/reference": {"stream": "objects", "role": "reference"}}}


def source(path: Path, declaration: dict[str, Any] | None = None) -> SourceFile:
    """The file as ingest hands it to a reader."""
    declared = DECLARATION if declaration is None else declaration
    return SourceFile(str(path), "ab" * 32, "local", "drive-1", formats.sniff(path), path.stat().st_size, declared)


def read_all(path: Path, declaration: dict[str, Any] | None = None) -> tuple[FilePlan, dict[str, pa.Table]]:
    """The plan and every table, all tasks together; problems of the plan are added to bronze.quarantine."""
    plan = registry.plan(source(path, declaration))
    parts: dict[str, list[pa.Table]] = {}
    for task in plan.tasks:
        for name, rows in registry.read(task):
            parts.setdefault(name, []).append(rows)
    return plan, {name: pa.concat_tables(tables) for name, tables in parts.items()}


def scene(rng: np.random.Generator, tick: int) -> SceneUpdate:
    """A scene with some entities; coordinates of 0 stay off the wire."""
    update = SceneUpdate()
    for number in range(int(rng.integers(0, 5))):
        entity = update.entities.add(id=f"track-{number}", frame_id="map")
        entity.timestamp.seconds, entity.timestamp.nanos = 1_763_000_000 + tick, 5 * number
        entity.metadata.add(key="note", value="x" * int(rng.integers(0, 200)))
        entity.metadata.add(key="class", value="Car" if number % 2 else "")
        for _ in range(int(rng.integers(0, 3))):
            cube = entity.cubes.add()
            cube.pose.position.x, cube.pose.position.y = rng.normal(0, 50), 0.0
            cube.pose.orientation.w, cube.pose.orientation.z = 0.6, -0.8
            cube.size.x, cube.size.y, cube.size.z = 4.5, 1.9, 1.5
    return update


def detections(rng: np.random.Generator, pose: Callable[[], Any], vector: Callable[[str], Any]) -> list[dict[str, Any]]:
    """Up to five detections, each with up to two hypotheses: nested lists of changing length."""
    covariance = [float(value) for value in rng.normal(size=36)]
    return [
        {
            "header": {"stamp": {"sec": 0, "nanosec": 0}, "frame_id": "g" * int(rng.integers(0, 5))},
            "results": [
                {
                    "hypothesis": {
                        "class_id": rng.choice(["car", "Truck", "pedestrian"]),
                        "score": float(rng.random()),
                    },
                    "pose": {"pose": pose(), "covariance": covariance},
                }
                for _ in range(int(rng.integers(0, 3)))
            ],
            "bbox": {"center": pose(), "size": vector("xyz")},
            "id": str(int(rng.integers(0, 10_000))),
        }
        for _ in range(int(rng.integers(0, 6)))
    ]


def ros_message(rng: np.random.Generator, kind: str, tick: int) -> dict[str, Any]:
    """A message with random values and strings of changing length, so that alignment changes from one to the next."""
    header = {"stamp": {"sec": 1_763_000_000 + tick, "nanosec": 7 * tick}, "frame_id": "f" * int(rng.integers(0, 12))}
    vector = lambda names: {name: float(value) for name, value in zip(names, rng.normal(size=4), strict=False)}  # noqa: E731
    pose = lambda: {"position": vector("xyz"), "orientation": vector("xyzw")}  # noqa: E731
    covariance = [float(value) for value in rng.normal(size=36)]
    if kind == "nav_msgs/msg/Odometry":
        twist = {"linear": vector("xyz"), "angular": vector("xyz")}
        return {
            "header": header,
            "child_frame_id": "base_link",
            "pose": {"pose": pose(), "covariance": covariance},
            "twist": {"twist": twist, "covariance": covariance},
        }
    if kind == "geometry_msgs/msg/PoseStamped":
        return {"header": header, "pose": pose()}
    if kind == "sensor_msgs/msg/Imu":
        absent = [-1.0 if tick % 3 == 0 else 0.5, *([0.0] * 8)]
        return {
            "header": header,
            "orientation": vector("xyzw"),
            "orientation_covariance": [0.0] * 9,
            "angular_velocity": vector("xyz"),
            "angular_velocity_covariance": absent,
            "linear_acceleration": vector("xyz"),
            "linear_acceleration_covariance": [0.0] * 9,
        }
    if kind == "sensor_msgs/NavSatFix":
        place = {"latitude": 48.1 + tick, "longitude": 11.5, "altitude": float("nan") if tick % 2 else 500.0}
        status = {"status": tick % 4 - 1, "service": 1}
        return {
            "header": header,
            "status": status,
            **place,
            "position_covariance": [0.0] * 9,
            "position_covariance_type": 0,
        }
    if kind == "can_msgs/msg/Frame":
        flags = {"is_rtr": tick % 11 == 0, "is_extended": tick % 2 == 0, "is_error": tick % 13 == 0}
        can_id = 0x18FEF1FE if tick % 2 == 0 else 0x123
        return {"header": header, "id": can_id, **flags, "dlc": tick % 9, "data": list(rng.bytes(8))}
    if kind == "sensor_msgs/msg/CompressedImage":
        return {"header": header, "format": "jpeg", "data": list(rng.bytes(int(rng.integers(0, 3000))))}
    return {"header": header, "detections": detections(rng, pose, vector)}


ROS_TOPICS = {
    "/odometry": "nav_msgs/msg/Odometry",
    "/pose": "geometry_msgs/msg/PoseStamped",
    "/imu": "sensor_msgs/msg/Imu",
    "/fix": "sensor_msgs/NavSatFix",
    "/objects": "vision_msgs/msg/Detection3DArray",
    "/can/2": "can_msgs/msg/Frame",
    "/camera": "sensor_msgs/msg/CompressedImage",
}


def lanes(rng: np.random.Generator, tick: int) -> bytes:
    """A LaneBoundaries message."""
    names = ("c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m", "quality")
    boundaries = [
        {"side": side, "type": "solid", **{name: float(rng.normal()) for name in names}, "added_later": [1, {}]}
        for side in ("ego_left", "ego_right")[: int(rng.integers(0, 3))]
    ]
    header = {"stamp": {"sec": 1_763_000_000, "nanosec": tick}, "frame_id": "base_link"}
    return json.dumps({"header": header, "boundaries": boundaries, "new": None}).encode()


def payloads(seed: int, ticks: int) -> Iterator[tuple[str, str, str, bytes, str, bytes]]:
    """(topic, schema name, schema encoding, definition, message encoding, payload)."""
    rng = np.random.default_rng(seed)
    definitions = {name: definition(name) for name in ROS_TOPICS.values() if "PoseStamped" not in name}
    definitions["geometry_msgs/msg/PoseStamped"] = POSE_STAMPED
    encode = {name: serialize_dynamic(name, text.decode())[name] for name, text in definitions.items()}
    for tick in range(ticks):
        for topic, name in ROS_TOPICS.items():
            yield topic, name, "ros2msg", definitions[name], "cdr", encode[name](ros_message(rng, name, tick))
        pose = PoseInFrame(frame_id="odom")
        pose.pose.position.y, pose.pose.orientation.w = rng.normal(), 1.0
        fix = LocationFix(latitude=48.0, longitude=rng.normal(), altitude=3.0)
        for topic, message in (("/reference", scene(rng, tick)), ("/pose_in_frame", pose), ("/location", fix)):
            described = build_file_descriptor_set(type(message)).SerializeToString()
            name = type(message).DESCRIPTOR.full_name
            yield topic, name, "protobuf", described, "protobuf", message.SerializeToString()
        yield "/lanes", "longtail.LaneBoundaries", "jsonschema", b"{}", "json", lanes(rng, tick)
        yield (
            "/other",
            "std_msgs/msg/String",
            "ros2msg",
            b"string data\n",
            "cdr",
            b"\x00\x01\x00\x00\x02\x00\x00\x00a\x00",
        )


def write_mcap(
    path: Path,
    seed: int = 1,
    ticks: int = 60,
    compression: CompressionType = CompressionType.ZSTD,
    **options: Any,
) -> Path:
    """A recording of every kind of message; `options` go to the official writer."""
    with path.open("wb") as stream:
        writer = Writer(stream, **{"chunk_size": 20_000, "compression": compression, **options})
        writer.start(profile="ros2", library="test")
        schemas: dict[str, int] = {}
        channels: dict[str, int] = {}
        for number, (topic, name, encoding, text, message_encoding, payload) in enumerate(payloads(seed, ticks)):
            if name not in schemas:
                schemas[name] = writer.register_schema(name, encoding, text)
            if topic not in channels:
                channels[topic] = writer.register_channel(topic, message_encoding, schemas[name])
            log_time = START_NS + 1_000_000 * (number ^ 3)
            writer.add_message(channels[topic], log_time, payload, log_time - 1, number + 1)
        writer.finish()
    return path


def official(path: Path) -> list[tuple[Any, Any, Any, Any]]:
    """(schema, channel, message, decoded or None) of every message in file order, by the official reader."""
    factories = [Ros2Decoder(), ProtobufDecoder()]
    found = []
    reader = NonSeekingReader(BytesIO(path.read_bytes()), validate_crcs=True)
    for schema, channel, message in reader.iter_messages(log_time_order=False):
        decoders = (factory.decoder_for(channel.message_encoding, schema) for factory in factories)
        decoder = next((decoder for decoder in decoders if decoder), json.loads)
        found.append((schema, channel, message, decoder(message.data)))
    return found


NO_SUMMARY = {
    "index_types": IndexType.NONE,
    "repeat_channels": False,
    "repeat_schemas": False,
    "use_statistics": False,
    "use_summary_offsets": False,
}
