"""The recordings that the benches read, written once into .cache/bench by the official MCAP writer: a mixed drive of
raw CAN at 1 kHz, IMU 100 Hz, odometry 50 Hz, GNSS 10 Hz, object lists of 10 to 50 objects (CDR 10 Hz, JSON and protobuf
20 Hz) and camera frames of about 60 kB at 10 Hz. 480 s of it are 585,600 messages.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate
from mcap.writer import CompressionType, Writer
from mcap_protobuf.schema import build_file_descriptor_set
from mcap_ros2._dynamic import serialize_dynamic

from fleet.ros2_types import definition
from longtail.settings import settings

CACHE = Path(settings().cache).resolve() / "bench"
START_NS = 1_763_000_000_000_000_000
_LISTS = 300
"""Different lists and poses; they come round again, each time with another stamp."""
_STAMP_AT = slice(4, 12)
"""Where CDR messages with a std_msgs/Header keep its stamp."""
_CLASSES = ("car", "truck", "pedestrian", "bicycle", "bus", "motorcycle")

Payload = Callable[[int, int], bytes]


def mixed_drive(seconds: int = 480, seed: int = 1, **options: Any) -> Path:
    """The path of the mixed drive of `seconds`, written when it is not there yet; `options` go to the writer."""
    given = "".join(f"-{name}-{getattr(value, 'name', value)}" for name, value in sorted(options.items()))
    path = CACHE / f"mixed-{seconds}s-{seed}{given}.mcap"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        write_mixed(draft, seconds, seed, **options)
        draft.replace(path)
    return path


def write_mixed(path: Path, seconds: int, seed: int = 1, **options: Any) -> None:
    """Write the drive to `path`, in log time order, in chunks of 1 MiB compressed with zstd if not told otherwise."""
    with path.open("wb") as stream:
        writer = Writer(stream, **{"chunk_size": 1 << 20, "compression": CompressionType.ZSTD, **options})
        writer.start(profile="ros2", library="longtail bench")
        topics = []
        for topic, name, encoding, text, message_encoding, hertz, payload in _topics(np.random.default_rng(seed)):
            schema = writer.register_schema(name, encoding, text)
            topics.append((writer.register_channel(topic, message_encoding, schema), 1000 // hertz, payload))
        sequence = 0
        for tick in range(seconds * 1000):
            for number, (channel, every, payload) in enumerate(topics):
                if tick % every == 0:
                    time_ns = START_NS + tick * 1_000_000 + number * 1_000
                    sequence += 1
                    writer.add_message(channel, time_ns + 50_000, payload(tick // every, time_ns), time_ns, sequence)
        writer.finish()


def _topics(rng: np.random.Generator) -> Iterator[tuple[str, str, str, bytes, str, int, Payload]]:
    """(topic, schema name, schema encoding, definition, message encoding, Hz, payload of the n-th message at a time)"""
    makers = (
        ("/vehicle/can/0", "can_msgs/msg/Frame", 1000, 5000, _can),
        ("/sensing/imu", "sensor_msgs/msg/Imu", 100, 2000, _imu),
        ("/localization/odometry", "nav_msgs/msg/Odometry", 50, 1000, _odometry),
        ("/sensing/gnss/fix", "sensor_msgs/msg/NavSatFix", 10, 200, _fix),
        ("/perception/objects", "vision_msgs/msg/Detection3DArray", 10, _LISTS, _detections),
    )
    for topic, name, hertz, count, make in makers:
        encode = serialize_dynamic(name, definition(name).decode())[name]
        pool = [encode(make(rng)) for _ in range(count)]
        yield topic, name, "ros2msg", definition(name), "cdr", hertz, _stamped(pool)
    lists = [_boundaries(rng) for _ in range(_LISTS)]
    yield "/perception/lanes", "longtail.LaneBoundaries", "jsonschema", b"{}", "json", 20, _json(lists)
    described = build_file_descriptor_set(SceneUpdate).SerializeToString()
    scenes = [_scene(rng).SerializeToString() for _ in range(_LISTS)]
    pick: Payload = lambda count, time_ns: scenes[count % _LISTS]  # noqa: E731
    yield "/reference/objects", "foxglove.SceneUpdate", "protobuf", described, "protobuf", 20, pick
    name = "sensor_msgs/msg/CompressedImage"
    yield "/sensing/camera", name, "ros2msg", definition(name), "cdr", 10, _images(rng)


def _stamped(pool: list[bytes]) -> Payload:
    """The payloads of `pool` one after the other, each with the stamp of its time."""

    def payload(count: int, time_ns: int) -> bytes:
        chosen = pool[count % len(pool)]
        return chosen[: _STAMP_AT.start] + _stamp(time_ns) + chosen[_STAMP_AT.stop :]

    return payload


def _stamp(time_ns: int) -> bytes:
    return (time_ns // 10**9).to_bytes(4, "little") + (time_ns % 10**9).to_bytes(4, "little")


def _header(frame: str) -> dict[str, Any]:
    return {"stamp": {"sec": 0, "nanosec": 0}, "frame_id": frame}


def _vector(rng: np.random.Generator, names: str, scale: float = 1.0) -> dict[str, float]:
    return {name: float(value) for name, value in zip(names, rng.normal(0, scale, len(names)), strict=True)}


def _pose(rng: np.random.Generator) -> dict[str, Any]:
    return {"position": _vector(rng, "xyz", 60.0), "orientation": _vector(rng, "xyzw")}


def _can(rng: np.random.Generator) -> dict[str, Any]:
    flags = {"is_rtr": False, "is_extended": False, "is_error": False}
    return {
        "header": _header("can0"),
        "id": int(rng.integers(0x100, 0x180)),
        **flags,
        "dlc": 8,
        "data": [*rng.bytes(8)],
    }


def _imu(rng: np.random.Generator) -> dict[str, Any]:
    zeros = {f"{name}_covariance": [0.0] * 9 for name in ("orientation", "angular_velocity", "linear_acceleration")}
    rates = {"angular_velocity": _vector(rng, "xyz"), "linear_acceleration": _vector(rng, "xyz")}
    return {"header": _header("imu_link"), "orientation": _vector(rng, "xyzw"), **rates, **zeros}


def _odometry(rng: np.random.Generator) -> dict[str, Any]:
    twist = {"linear": _vector(rng, "xyz", 10.0), "angular": _vector(rng, "xyz")}
    covariance = [0.0] * 36
    motion = {"pose": {"pose": _pose(rng), "covariance": covariance}}
    return {
        "header": _header("map"),
        "child_frame_id": "base_link",
        **motion,
        "twist": {"twist": twist, "covariance": covariance},
    }


def _fix(rng: np.random.Generator) -> dict[str, Any]:
    place = {"latitude": 48.1 + rng.normal() / 100, "longitude": 11.5 + rng.normal() / 100, "altitude": 520.0}
    covariance = {"position_covariance": [0.0] * 9, "position_covariance_type": 0}
    return {"header": _header("gnss"), "status": {"status": 0, "service": 1}, **place, **covariance}


def _count(rng: np.random.Generator) -> int:
    return int(rng.integers(10, 51))


def _detections(rng: np.random.Generator) -> dict[str, Any]:
    def item(number: int) -> dict[str, Any]:
        hypothesis = {"class_id": str(rng.choice(_CLASSES)), "score": float(rng.random())}
        result = {"hypothesis": hypothesis, "pose": {"pose": _pose(rng), "covariance": [0.0] * 36}}
        box = {"center": _pose(rng), "size": _vector(rng, "xyz")}
        return {"header": _header("base_link"), "results": [result], "bbox": box, "id": str(1000 + number)}

    return {"header": _header("base_link"), "detections": [item(number) for number in range(_count(rng))]}


def _boundaries(rng: np.random.Generator) -> str:
    names = ("c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m", "quality")
    items = [
        {"side": "ego_left", "type": str(rng.choice(("solid", "dashed"))), **_numbers(rng, names)}
        for _ in range(_count(rng))
    ]
    return json.dumps(items)


def _numbers(rng: np.random.Generator, names: tuple[str, ...]) -> dict[str, float]:
    return {name: round(float(value), 6) for name, value in zip(names, rng.normal(size=len(names)), strict=True)}


def _json(lists: list[str]) -> Payload:
    def payload(count: int, time_ns: int) -> bytes:
        stamp = json.dumps({"stamp": {"sec": time_ns // 10**9, "nanosec": time_ns % 10**9}, "frame_id": "base_link"})
        return f'{{"header": {stamp}, "boundaries": {lists[count % len(lists)]}}}'.encode()

    return payload


def _scene(rng: np.random.Generator) -> SceneUpdate:
    update = SceneUpdate()
    for number in range(_count(rng)):
        entity = update.entities.add(id=str(1000 + number), frame_id="map")
        entity.timestamp.FromNanoseconds(START_NS + number)
        entity.metadata.add(key="class", value=str(rng.choice(_CLASSES)))
        cube = entity.cubes.add()
        for part, values in (("position", rng.normal(0, 60, 3)), ("orientation", rng.normal(size=4))):
            for axis, value in zip("xyzw", values, strict=False):
                setattr(getattr(cube.pose, part), axis, float(value))
        cube.size.x, cube.size.y, cube.size.z = 4.5, 1.9, 1.5
    return update


def _images(rng: np.random.Generator) -> Payload:
    """Noise, because JPEG does not compress either, cut out of 8 MB of it: other bytes within any one chunk."""
    noise = rng.bytes(8 << 20)
    sizes = rng.integers(40_000, 70_000, 1000)
    heads = b"\x00\x01\x00\x00", b"\x04\x00\x00\x00cam\x00\x05\x00\x00\x00jpeg\x00\x00\x00\x00"

    def payload(count: int, time_ns: int) -> bytes:
        size = int(sizes[count % len(sizes)])
        at = count * 7_919_111 % (len(noise) - size)
        return heads[0] + _stamp(time_ns) + heads[1] + size.to_bytes(4, "little") + noise[at : at + size]

    return payload


if __name__ == "__main__":
    print(mixed_drive())
