"""Writes the corpus of hostile and damaged recordings: `python -m tests.faults.hostile_corpus FOLDER`.

Each case is a drive folder of its own, and says what ingest must answer to it.
"""

import struct
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcap.writer import IndexType

from tests.faults.hostile_recordings import (
    DRIVEN,
    IMU,
    START_NS,
    bomb,
    chunk,
    imu,
    odometry,
    patched,
    raw,
    record_at,
    recording,
)

Make = Callable[[Path], object]
TICK_NS, DAY_NS, YEAR_NS = 10**7, 86_400 * 10**9, 31_556_952 * 10**9


@dataclass(frozen=True)
class Case:
    """A drive of the corpus. `reasons` must appear in bronze.quarantine and no others; empty: it is taken as it is.

    `num_landed` messages must be in bronze.messages; None: some part of them.
    """

    name: str
    reasons: frozenset[str]
    num_landed: int | None


def _flip_chunk_crc(data: bytearray) -> None:
    data[record_at(data, 6, 1) + 9 + 24] ^= 0xFF


def _overlap(data: bytearray) -> None:
    """The second chunk index says that its chunk begins inside the first."""
    at = record_at(data, 8, 1) + 9 + 16
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] - 40)
    _forget_summary_crc(data)


def _forget_summary_crc(data: bytearray) -> None:
    data[-12:-8] = bytes(4)


def _wrong_count(data: bytearray) -> None:
    """The statistics promise two messages more."""
    at = record_at(data, 0x0B) + 9
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


_SELF = b"bad/Imu orientation\n" + b"=" * 80 + b"\nMSG: bad/Imu\nbad/Imu again\n"
HOSTILE_NAMES = (
    "/it's; drop table bronze.messages; --",
    '/"quoted"`back`',
    "/../../../../etc/passwd",
    "/\u202egnp.exe\u0000\n\t",
    "/日本語/🚗",
    "/%s%n{0}${HOME}$(id)",
    "",
)

NO_INDEX: dict[str, Any] = {
    "index_types": IndexType.NONE,
    "use_statistics": False,
    "use_summary_offsets": False,
    "repeat_channels": False,
    "repeat_schemas": False,
}


def _ticks(start_ns: int = START_NS) -> list[int]:
    return [start_ns + n * TICK_NS for n in range(40)]


def _driven(stamps_ns: Iterable[int]) -> Make:
    messages = [(at, odometry(n, at)) for n, at in enumerate(stamps_ns)]
    return lambda path: recording(path, messages, **DRIVEN)


def _measured(**fields: Any) -> Make:
    messages = [(at, imu(n, **fields)) for n, at in enumerate(_ticks())]
    return lambda path: recording(path, messages)


def _placed(x_m: float) -> Make:
    messages = [(at, odometry(n, at, x_m=x_m)) for n, at in enumerate(_ticks())]
    return lambda path: recording(path, messages, **DRIVEN)


def _defined(text: bytes, name: str = IMU, encoding: str = "ros2msg") -> Make:
    wire = "cdr" if encoding == "ros2msg" else encoding
    return lambda path: recording(path, schema=(name, encoding, text), encoding=wire)


def _lanes(payload: bytes) -> Make:
    messages = [(at, payload) for at in _ticks()]
    schema = ("longtail.LaneBoundaries", "jsonschema", b"{}")
    return lambda path: recording(path, messages, schema=schema, encoding="json")


def _noise(path: Path) -> None:
    recording(path, [(at, bytes([n * 7 % 256] * (n * 3))) for n, at in enumerate(_ticks())])


def _cut(share: float) -> Make:
    def make(path: Path) -> None:
        whole = recording(path).read_bytes()
        path.write_bytes(whole[: max(int(len(whole) * share), 30)])

    return make


STRUCTURE: dict[str, tuple[Make, int | None, set[str]]] = {
    "wrong-chunk-crc": (lambda p: patched(p, _flip_chunk_crc), None, {"bad_crc"}),
    "wrong-count": (lambda p: patched(p, _wrong_count), 40, {"count_mismatch"}),
    "overlapping-chunks": (lambda p: patched(p, _overlap), 40, {"bad_summary"}),
    "no-index": (lambda p: recording(p, index_types=IndexType.NONE), 40, set()),
    "no-summary": (lambda p: recording(p, **NO_INDEX), 40, set()),
    "not-chunked": (lambda p: recording(p, use_chunking=False), 40, set()),
    "record-of-2-62": (lambda p: raw(p, b"\x05" + struct.pack("<Q", 1 << 62)), 0, {"truncated"}),
    "many-channels": (lambda p: recording(p, num_channels=65_535, chunk_size=200_000), 40, set()),
    **{
        f"cut-at-{int(share * 100)}-percent": (_cut(share), None, {"truncated"})
        for share in (0.02, 0.3, 0.6, 0.9, 0.99)
    },
}
BOMBS: dict[str, tuple[Make, int | None, set[str]]] = {
    "bomb-admitted": (lambda p: raw(p, chunk(bomb(4 << 30), 4 << 30)), 0, {"over_budget", "truncated"}),
    "bomb-denied": (lambda p: raw(p, chunk(bomb(4 << 30), 1 << 20)), 0, {"bad_chunk", "truncated"}),
    "bomb-by-ratio": (lambda p: raw(p, chunk(bomb(32 << 20), 32 << 20)), 0, {"over_budget", "truncated"}),
    "terabyte-chunk": (lambda p: raw(p, chunk(b"x" * 100, 1 << 40)), 0, {"over_budget", "truncated"}),
}
TIMES: dict[str, tuple[Make, int | None, set[str]]] = {
    "same-stamps": (_driven([START_NS] * 40), 40, set()),
    "backwards": (_driven(reversed(_ticks())), 40, set()),
    "since-boot": (_driven(_ticks(5 * 10**9)), 40, set()),
    "all-zero": (_driven([0] * 40), 40, set()),
    "after-2038": (_driven(_ticks(5_000_000_000 * 10**9)), 40, set()),
    "beyond-2262": (_driven([(1 << 63) + n for n in range(40)]), 0, {"bad_time", "bad_summary"}),
    "jumps-a-day": (_driven([at + (DAY_NS if n > 20 else 0) for n, at in enumerate(_ticks())]), 40, set()),
    "two-centuries": (_driven([at + (200 * YEAR_NS if n > 20 else 0) for n, at in enumerate(_ticks())]), 40, set()),
    "negative-sensor-stamp": (_measured(stamp_s=-(2**31)), 40, set()),
}
VALUES: dict[str, tuple[Make, int | None, set[str]]] = {
    "not-a-number": (_measured(value=float("nan")), 40, set()),
    "infinite": (_measured(value=float("-inf")), 40, set()),
    "nowhere": (_placed(float("nan")), 40, {"not_finite"}),
    "infinitely-far": (_placed(float("inf")), 40, {"not_finite"}),
    "very-far": (_placed(1e300), 40, set()),
    "huge-numbers": (_measured(value=1.7e308), 40, set()),
    "payload-of-noise": (_noise, 40, {"undecodable"}),
    "deep-json": (_lanes(b'{"boundaries":' + b"[" * 50_000 + b"]" * 50_000 + b"}"), 40, {"undecodable"}),
}
DEFINITIONS: dict[str, tuple[Make, int | None, set[str]]] = {
    "schema-bomb": (_defined(_schema_bomb()), 40, {"bad_schema"}),
    "schema-bomb-wide": (_defined(_wide_schema_bomb()), 40, {"bad_schema"}),
    "schema-of-itself": (_defined(_SELF), 40, {"bad_schema"}),
    "schema-of-noise": (_defined(bytes(range(256))), 40, {"bad_schema"}),
    "descriptor-of-noise": (_defined(b"\xff" * 99, "foxglove.SceneUpdate", "protobuf"), 40, {"bad_schema"}),
}
NAMES: dict[str, tuple[Make, int | None, set[str]]] = {
    f"hostile-name-{number}": (lambda p, name=name: recording(p, topic=name), 40, set())  # type: ignore[misc]
    for number, name in enumerate(HOSTILE_NAMES)
}


def build(root: Path) -> list[Case]:
    """Write every case under `root`, a landing zone; returns what each must come to."""
    cases = []
    for name, (make, landed, reasons) in (STRUCTURE | BOMBS | TIMES | VALUES | DEFINITIONS | NAMES).items():
        make(root / name / "recording.mcap")
        cases.append(Case(name, frozenset(reasons), landed))
    return cases


if __name__ == "__main__":
    for each in build(Path(sys.argv[1])):
        print(each.name, "->", ", ".join(sorted(each.reasons)) or "taken as it is")
