"""CDR (little endian) payloads of the ROS 2 messages a drive records.

Fixed-size messages are one numpy structured array for the whole stream; only messages with lists are packed one by one.
CDR aligns a value to its own size, counted from the byte after the four of the encapsulation header.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ENCAPSULATION = b"\x00\x01\x00\x00"
Stamps = NDArray[np.int64]
Field = tuple[str, str, tuple[int, ...]]

_ALIGN = {"f8": 8, "i4": 4, "u4": 4, "u2": 2, "i1": 1, "u1": 1}
HEADER: tuple[Field, ...] = (("sec", "i4", ()), ("nanosec", "u4", ()))


@dataclass(frozen=True)
class Text:
    """A string with the same value in every message of a stream."""

    name: str
    value: str


def layout(*fields: Field | Text) -> tuple[np.dtype[np.void], dict[str, bytes]]:
    """The numpy type of a message with these fields in order, CDR padding included, and its constant texts."""
    names, formats, offsets, constants = ["cdr"], ["S4"], [0], {}
    at = 0  # behind the encapsulation
    for field in fields:
        if isinstance(field, Text):
            at = -(-at // 4) * 4
            raw = field.value.encode() + b"\0"
            block = struct.pack("<I", len(raw)) + raw
            # V, not S: numpy would cut the trailing zero byte
            names.append(field.name)
            formats.append(f"V{len(block)}")
            offsets.append(at + 4)
            constants[field.name] = block
            at += len(block)
            continue
        name, kind, shape = field
        size = _ALIGN[kind]
        at = -(-at // size) * size
        names.append(name)
        formats.append((f"<{kind}", shape))
        offsets.append(at + 4)
        at += size * int(np.prod(shape, dtype=int))
    spec = {"names": names, "formats": formats, "offsets": offsets, "itemsize": at + 4}
    return np.dtype(spec), constants  # type: ignore[call-overload, no-any-return]


def payloads(columns: dict[str, NDArray[np.generic]], stamps_ns: Stamps, fields: Sequence[Field | Text]) -> list[bytes]:
    """The payloads of a stream of fixed-size messages; columns not given are zero."""
    dtype, constants = layout(*HEADER, *fields)
    rows = np.zeros(len(stamps_ns), dtype=dtype)
    view = rows.view(np.uint8).reshape(len(rows), dtype.itemsize)
    view[:, :4] = np.frombuffer(ENCAPSULATION, np.uint8)
    for name, block in constants.items():
        start = dtype.fields[name][1]  # type: ignore[index]
        view[:, start : start + len(block)] = np.frombuffer(block, np.uint8)
    rows["sec"], rows["nanosec"] = stamps_ns // 10**9, stamps_ns % 10**9
    for name, values in columns.items():
        rows[name] = values
    raw, size = rows.tobytes(), dtype.itemsize
    return [raw[i : i + size] for i in range(0, len(raw), size)]


ODOMETRY = (
    Text("frame_id", "map"), Text("child_frame_id", "base_link"),
    ("position", "f8", (3,)), ("q_xyzw", "f8", (4,)), ("pose_covariance", "f8", (36,)),
    ("linear", "f8", (3,)), ("angular", "f8", (3,)), ("twist_covariance", "f8", (36,)),
)  # fmt: skip
IMU = (
    Text("frame_id", "base_link"), ("q_xyzw", "f8", (4,)), ("q_covariance", "f8", (9,)),
    ("angular", "f8", (3,)), ("angular_covariance", "f8", (9,)),
    ("linear", "f8", (3,)), ("linear_covariance", "f8", (9,)),
)  # fmt: skip
NAV_SAT_FIX = (
    Text("frame_id", "gnss"), ("status", "i1", ()), ("service", "u2", ()),
    ("latitude", "f8", ()), ("longitude", "f8", ()), ("altitude", "f8", ()),
    ("covariance", "f8", (9,)), ("covariance_type", "u1", ()),
)  # fmt: skip
CAN_FRAME = (
    Text("frame_id", "can0"), ("id", "u4", ()), ("is_rtr", "u1", ()), ("is_extended", "u1", ()), ("is_error", "u1", ()),
    ("dlc", "u1", ()), ("data", "u1", (8,)),
)  # fmt: skip


class Cdr:
    """A CDR payload packed value by value, for messages with lists."""

    def __init__(self) -> None:
        self._out = bytearray(ENCAPSULATION)

    def _align(self, size: int) -> None:
        self._out += b"\0" * (-(len(self._out) - 4) % size)

    def stamp(self, ns: int) -> None:
        """A builtin_interfaces/Time."""
        self._align(4)
        self._out += struct.pack("<iI", ns // 10**9, ns % 10**9)

    def text(self, value: str) -> None:
        """A string."""
        raw = value.encode() + b"\0"
        self.count(len(raw))
        self._out += raw

    def count(self, value: int) -> None:
        """A uint32, also the length of a sequence."""
        self._align(4)
        self._out += struct.pack("<I", value)

    def doubles(self, *values: float) -> None:
        """float64 values in a row."""
        self._align(8)
        self._out += struct.pack(f"<{len(values)}d", *values)

    def zeros(self, num: int) -> None:
        """float64 zeros in a row."""
        self._align(8)
        self._out += bytes(8 * num)

    def octets(self, data: bytes) -> None:
        """A sequence of uint8."""
        self.count(len(data))
        self._out += data

    def payload(self) -> bytes:
        """The bytes so far."""
        return bytes(self._out)


@dataclass(frozen=True)
class Box:
    """One detection: x, y, z of the box centre [m], yaw [rad], length, width, height [m] in the header's frame."""

    track_id: str
    object_class: str
    score: float
    pose: tuple[float, float, float, float]
    size: tuple[float, float, float]


def detections(stamp_ns: int, frame_id: str, boxes: Sequence[Box]) -> bytes:
    """A vision_msgs/Detection3DArray."""
    cdr = Cdr()
    cdr.stamp(stamp_ns)
    cdr.text(frame_id)
    cdr.count(len(boxes))
    for box in boxes:
        x, y, z, yaw = box.pose
        pose = (x, y, z, 0.0, 0.0, float(np.sin(yaw / 2)), float(np.cos(yaw / 2)))
        cdr.stamp(stamp_ns)
        cdr.text(frame_id)
        cdr.count(1)
        cdr.text(box.object_class)
        cdr.doubles(box.score, *pose)
        cdr.zeros(36)
        cdr.doubles(*pose, *box.size)
        cdr.text(box.track_id)
    return cdr.payload()


def compressed_images(stamps_ns: Stamps, frame_id: str, jpegs: Iterator[bytes]) -> Iterator[bytes]:
    """sensor_msgs/CompressedImage payloads."""
    for stamp, jpeg in zip(stamps_ns.tolist(), jpegs, strict=True):
        cdr = Cdr()
        cdr.stamp(stamp)
        cdr.text(frame_id)
        cdr.text("jpeg")
        cdr.octets(jpeg)
        yield cdr.payload()
