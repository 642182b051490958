"""Builds recordings, right and wrong ones, byte by byte where the official writer would refuse."""

import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import zstandard
from mcap.writer import CompressionType, Writer
from mcap_ros2._dynamic import serialize_dynamic

from fleet.ros2_types import definition

START_NS = 1_763_000_000_000_000_000
IMU = "sensor_msgs/msg/Imu"
ODOMETRY = "nav_msgs/msg/Odometry"
DRIVEN: dict[str, Any] = {"topic": "/odometry", "schema": (ODOMETRY, "ros2msg", definition(ODOMETRY))}
"""Options of `recording` for messages of `odometry`."""
_encode_odometry = serialize_dynamic(ODOMETRY, definition(ODOMETRY).decode())[ODOMETRY]
_encode_imu = serialize_dynamic(IMU, definition(IMU).decode())[IMU]


def chunk(records: bytes, claimed: int, compression: bytes = b"zstd") -> bytes:
    content = struct.pack("<QQQI", 0, 1, claimed, 0) + struct.pack("<I", len(compression)) + compression
    content += struct.pack("<Q", len(records)) + records
    return b"\x06" + struct.pack("<Q", len(content)) + content


def container(*records: bytes) -> bytes:
    header = b"\x01" + struct.pack("<Q", 8) + bytes(8)
    return b"\x89MCAP0\r\n" + header + b"".join(records) + b"\x0f" + struct.pack("<QI", 4, 0)


def bomb(size: int) -> bytes:
    """A zstd frame of `size` zeros that does not say how large it is."""
    compressor = zstandard.ZstdCompressor(level=1, write_content_size=False).compressobj()
    block = bytes(1 << 20)
    return b"".join(compressor.compress(block) for _ in range(size >> 20)) + compressor.flush()


def imu(number: int, stamp_s: int = 1_763_000_000, value: float = 0.5) -> bytes:
    """An IMU message as CDR."""
    vector = {"x": value, "y": value, "z": 9.8}
    return _encode_imu(
        {
            "header": {"stamp": {"sec": stamp_s, "nanosec": number * 10_000_000}, "frame_id": "imu"},
            "orientation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0},
            "orientation_covariance": [0.0] * 9,
            "angular_velocity": vector,
            "angular_velocity_covariance": [0.0] * 9,
            "linear_acceleration": vector,
            "linear_acceleration_covariance": [0.0] * 9,
        }
    )


def odometry(number: int, stamp_ns: int = START_NS, x_m: float = 1.0) -> bytes:
    """An odometry message as CDR, with a sensor stamp of `stamp_ns` (seconds modulo 2^31)."""
    covariance = [0.0] * 36
    point = {"x": x_m * number, "y": 0.0, "z": 0.0}
    pose = {"position": point, "orientation": {"x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0}}
    still = {"x": 0.0, "y": 0.0, "z": 0.0}
    return _encode_odometry(
        {
            "header": {
                "stamp": {"sec": stamp_ns // 10**9 % 2**31, "nanosec": stamp_ns % 10**9},
                "frame_id": "map",
            },
            "child_frame_id": "base_link",
            "pose": {"pose": pose, "covariance": covariance},
            "twist": {"twist": {"linear": {**still, "x": 10 * x_m}, "angular": still}, "covariance": covariance},
        }
    )


def recording(
    path: Path,
    messages: Iterable[tuple[int, bytes]] | None = None,
    topic: str = "/imu",
    schema: tuple[str, str, bytes] = (IMU, "ros2msg", definition(IMU)),
    encoding: str = "cdr",
    num_channels: int = 1,
    **options: Any,
) -> Path:
    """A recording of `messages` (log time ns, payload); 40 IMU messages when none are given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = Writer(file, **{"chunk_size": 2_000, "compression": CompressionType.ZSTD, **options})
        writer.start(profile="", library="hostile")
        schema_id = writer.register_schema(*schema)
        channels = [
            writer.register_channel(topic if n == 0 else f"{topic}/{n}", encoding, schema_id)
            for n in range(num_channels)
        ]
        whole = messages or ((START_NS + n * 10_000_000, imu(n)) for n in range(40))
        for number, (at, payload) in enumerate(whole):
            writer.add_message(channels[number % num_channels], at, payload, at, number + 1)
        writer.finish()
    return path


def raw(path: Path, *records: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(container(*records))


def patched(path: Path, change: Callable[[bytearray], None], **options: Any) -> None:
    data = bytearray(recording(path, **options).read_bytes())
    change(data)
    path.write_bytes(data)


def record_at(data: bytes, opcode: int, which: int = 0) -> int:
    """Offset of the `which`-th record with `opcode`."""
    at = 8
    while True:
        if data[at] == opcode:
            if which == 0:
                return at
            which -= 1
        at += 9 + struct.unpack_from("<Q", data, at + 1)[0]
