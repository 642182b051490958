"""Writes the corpus of hostile and damaged recordings: `python -m tests.faults.hostile_corpus FOLDER`.

Each case is a drive folder of its own, and says what ingest must answer to it.
"""

import json
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard
from mcap.writer import CompressionType, IndexType, Writer
from mcap_ros2._dynamic import serialize_dynamic

from fleet.ros2_types import definition

START_NS = 1_763_000_000_000_000_000
IMU = "sensor_msgs/msg/Imu"
ODOMETRY = "nav_msgs/msg/Odometry"
_encode_imu = serialize_dynamic(IMU, definition(IMU).decode())[IMU]


@dataclass(frozen=True)
class Case:
    """A drive of the corpus. `reasons` must appear in bronze.quarantine and no others; empty: it is taken as it is.

    `num_landed` messages must be in bronze.messages; None: some part of them.
    """

    name: str
    reasons: frozenset[str]
    num_landed: int | None


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


def recording(
    path: Path,
    messages: Iterator[tuple[int, bytes]] | None = None,
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


def _raw(path: Path, *records: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(container(*records))


def _patched(path: Path, change: Callable[[bytearray], None], **options: Any) -> None:
    data = bytearray(recording(path, **options).read_bytes())
    change(data)
    path.write_bytes(data)


def _record(data: bytes, opcode: int, which: int = 0) -> int:
    """Offset of the `which`-th record with `opcode`."""
    at = 8
    while True:
        if data[at] == opcode:
            if which == 0:
                return at
            which -= 1
        at += 9 + struct.unpack_from("<Q", data, at + 1)[0]


def _stamped(*stamps_ns: int) -> Iterator[tuple[int, bytes]]:
    return ((at, imu(n)) for n, at in enumerate(stamps_ns))


def _flip_chunk_crc(data: bytearray) -> None:
    data[_record(data, 6, 1) + 9 + 24] ^= 0xFF


def _overlap(data: bytearray) -> None:
    """The second chunk index says that its chunk begins inside the first."""
    at = _record(data, 8, 1) + 9 + 16
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] - 40)
    _forget_summary_crc(data)


def _forget_summary_crc(data: bytearray) -> None:
    data[-12:-8] = bytes(4)


def _wrong_count(data: bytearray) -> None:
    """The statistics promise two messages more."""
    at = _record(data, 0x0B) + 9
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] + 2)
    _forget_summary_crc(data)


def _schema_bomb() -> bytes:
    """A definition that doubles with each of its 16 levels, as "billion laughs" does in XML."""
    line = "=" * 80
    parts = [f"bad/L{n + 1} a\nbad/L{n + 1} b\n{line}\nMSG: bad/L{n + 1}\n" for n in range(40)]
    return ("".join(parts) + "float64 x\n").encode()


def _wide_schema_bomb() -> bytes:
    """Ten fields of the next type on each of twelve levels: 10^12 numbers out of a kilobyte."""
    line = "=" * 80
    bodies = ["".join(f"bad/L{n + 1} f{k}\n" for k in range(10)) for n in range(12)]
    return ("".join(f"{body}{line}\nMSG: bad/L{n + 1}\n" for n, body in enumerate(bodies)) + "float64 x\n").encode()


_SELF = b"bad/Imu again\n" + b"=" * 80 + b"\nMSG: bad/Imu\nbad/Imu again\n"
HOSTILE_NAMES = (
    "/it's; drop table bronze.messages; --",
    '/"quoted"`back`',
    "/../../../../etc/passwd",
    "/\u202egnp.exe\u0000\n\t",
    "/日本語/🚗",
    "/%s%n{0}${HOME}$(id)",
    "",
)


def build(root: Path) -> list[Case]:
    """Write every case under `root`, a landing zone; returns what each must come to."""
    cases: list[Case] = []

    def case(name: str, make: Callable[[Path], object], landed: int | None, *reasons: str) -> None:
        make(root / name / "recording.mcap")
        cases.append(Case(name, frozenset(reasons), landed))

    day = 86_400 * 10**9
    case("wrong-chunk-crc", lambda p: _patched(p, _flip_chunk_crc), None, "bad_crc")
    case("wrong-count", lambda p: _patched(p, _wrong_count), 40, "count_mismatch")
    case("overlapping-chunks", lambda p: _patched(p, _overlap), 40, "bad_summary")
    case("no-index", lambda p: recording(p, index_types=IndexType.NONE), 40)
    case(
        "no-summary",
        lambda p: recording(
            p,
            index_types=IndexType.NONE,
            use_statistics=False,
            use_summary_offsets=False,
            repeat_channels=False,
            repeat_schemas=False,
        ),
        40,
    )
    case("not-chunked", lambda p: recording(p, use_chunking=False), 40)
    case("same-stamps", lambda p: recording(p, _stamped(*[START_NS] * 40)), 40)
    case("backwards", lambda p: recording(p, _stamped(*range(START_NS + 40, START_NS, -1))), 40)
    case("year-zero", lambda p: recording(p, _stamped(*range(40))), 40)
    case("after-2038", lambda p: recording(p, _stamped(*(5_000_000_000 * 10**9 + n * 10**7 for n in range(40)))), 40)
    late = [(1 << 63) + n for n in range(40)]
    case("beyond-2262", lambda p: recording(p, _stamped(*late)), 0, "bad_time", "bad_summary")
    case(
        "clock-jumps",
        lambda p: recording(p, _stamped(*(START_NS + n * 10**7 + (day if n > 20 else 0) for n in range(40)))),
        40,
    )
    case(
        "negative-stamp",
        lambda p: recording(p, ((START_NS + n * 10**7, imu(n, stamp_s=-(2**31))) for n in range(40))),
        40,
    )
    case(
        "not-a-number",
        lambda p: recording(p, ((START_NS + n * 10**7, imu(n, value=float("nan"))) for n in range(40))),
        40,
    )
    case(
        "infinite", lambda p: recording(p, ((START_NS + n * 10**7, imu(n, value=float("-inf"))) for n in range(40))), 40
    )
    case("huge-numbers", lambda p: recording(p, ((START_NS + n * 10**7, imu(n, value=1.7e308)) for n in range(40))), 40)
    case("bomb-admitted", lambda p: _raw(p, chunk(bomb(4 << 30), 4 << 30)), 0, "over_budget", "truncated")
    case("bomb-denied", lambda p: _raw(p, chunk(bomb(4 << 30), 1 << 20)), 0, "bad_chunk", "truncated")
    case("bomb-by-ratio", lambda p: _raw(p, chunk(bomb(32 << 20), 32 << 20)), 0, "over_budget", "truncated")
    case("terabyte-chunk", lambda p: _raw(p, chunk(b"x" * 100, 1 << 40)), 0, "over_budget", "truncated")
    case("record-of-2-62", lambda p: _raw(p, b"\x05" + struct.pack("<Q", 1 << 62)), 0, "truncated")
    case("many-channels", lambda p: recording(p, num_channels=65_535, chunk_size=200_000), 40)
    case("schema-bomb", lambda p: recording(p, schema=(IMU, "ros2msg", _schema_bomb())), 40, "bad_schema")
    case("schema-bomb-wide", lambda p: recording(p, schema=(IMU, "ros2msg", _wide_schema_bomb())), 40, "bad_schema")
    case("schema-of-itself", lambda p: recording(p, schema=("bad/Imu", "ros2msg", _SELF)), 40)
    case(
        "schema-of-itself-known",
        lambda p: recording(
            p, schema=(IMU, "ros2msg", b"bad/Imu orientation\n" + b"=" * 80 + b"\nMSG: bad/Imu\nbad/Imu again\n")
        ),
        40,
        "bad_schema",
    )
    case("schema-of-noise", lambda p: recording(p, schema=(IMU, "ros2msg", bytes(range(256)))), 40, "bad_schema")
    case(
        "descriptor-of-noise",
        lambda p: recording(p, schema=("foxglove.SceneUpdate", "protobuf", b"\xff" * 99), encoding="protobuf"),
        40,
        "bad_schema",
    )
    case(
        "payload-of-noise",
        lambda p: recording(p, ((START_NS + n, bytes([n * 7 % 256] * (n * 3))) for n in range(40))),
        40,
        "undecodable",
    )
    case(
        "deep-json",
        lambda p: recording(
            p,
            ((START_NS + n, b'{"boundaries":' + b"[" * 50_000 + b"]" * 50_000 + b"}") for n in range(40)),
            schema=("longtail.LaneBoundaries", "jsonschema", b"{}"),
            encoding="json",
        ),
        40,
        "undecodable",
    )
    for number, name in enumerate(HOSTILE_NAMES):
        case(f"hostile-name-{number}", lambda p, name=name: recording(p, topic=name), 40)
    for number, cut in enumerate((0.02, 0.3, 0.6, 0.9, 0.99)):
        case(f"cut-{number}", lambda p, cut=cut: _cut(recording(p), cut), None, "truncated")
    (root / "expected.json").write_text(json.dumps([case.name for case in cases]))
    return cases


def _cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: max(int(path.stat().st_size * share), 30)])


if __name__ == "__main__":
    for each in build(Path(sys.argv[1])):
        print(each.name, "->", ", ".join(sorted(each.reasons)) or "taken as it is")
