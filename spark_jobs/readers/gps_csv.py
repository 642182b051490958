"""GPS trips as CSV, a file per device ("01 GPS S9.csv"): fixes with the clock of the device and the time of the trip.

The column t, seconds since the start of the trip, is the time of the recorder; the device's own date column is the
sensor clock, wrong as it may be. Speed is taken only where its unit is known: from the header, "speed (mph)", or from
drive.json, {"topics": {"S9": {"speed_unit": "m/s"}}}. The column offset, metres to the right of the road that the
recorder matched the fix to, is taken with its sign turned. All else stays where it is: each line is indexed by its
place, and the schema name lists the columns.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import nullable
from spark_jobs.readers.text_lines import common, lines_of, messages, numbers, parsed, whole_file

Rows = Iterator[tuple[str, pa.Table]]
_NEEDED = ("t", "lat_gps", "lon_gps")
_DEVICE_TIME = ("timestamp", "date", "time")
"""Columns of the device's own clock, the first one there counts; GlobalSat also has a `time` of the day it was read."""
SPEED_MPS = {"m/s": 1.0, "mps": 1.0, "km/h": 1 / 3.6, "kph": 1 / 3.6, "mph": 0.44704, "kn": 0.514444}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAME = re.compile(r"\d+ gps (.+)", re.IGNORECASE)


def plan(source: SourceFile) -> FilePlan:
    """One task per file. The format keeps no statistics of its own."""
    return whole_file(source, _refusal)


def _refusal(source: SourceFile) -> Problem | None:
    with open(source.path, "rb") as file:
        names = _names(file.readline(65_536))
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        return Problem("bad_schema", f"columns {', '.join(missing)} are missing", byte_offset=0)
    declared = source.topic_rule(device(source.path)).get("speed_unit")
    if declared is not None and str(declared) not in SPEED_MPS:
        return Problem("bad_unit", f"speed_unit {declared!r} is none of {', '.join(SPEED_MPS)}", byte_offset=0)
    return None


def device(path: str) -> str:
    """The topic of a file: "01 GPS GoPro downsampled (last).csv" is GoPro."""
    match = _NAME.fullmatch(Path(path).stem)
    return match.group(1).split(" ")[0] if match else Path(path).stem


def _names(header: bytes) -> list[str]:
    text = header.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip()
    return next(csv.reader([text]), [])


def speed_column(names: Sequence[str], rule: Mapping[str, Any]) -> tuple[str, float] | None:
    """(column of the device's speed, its m/s per unit); None where no unit is given: it is never guessed."""
    for name in names:
        match = re.fullmatch(r"speed \((.+)\)", name)
        if match and match.group(1) in SPEED_MPS:
            return name, SPEED_MPS[match.group(1)]
    unit = rule.get("speed_unit")
    return ("speed", SPEED_MPS[str(unit)]) if "speed" in names and unit in SPEED_MPS else None


def read(task: Task) -> Rows:
    """Rows of the file; a record is a line, the header is none."""
    source = task.source
    lines = lines_of(source.path, has_header=True)
    names = _names(lines.header)
    topic = device(source.path)
    at = {name: names.index(name) for name in names}
    clock = next((name for name in _DEVICE_TIME if name in at), None)
    speed = speed_column(names, source.topic_rule(topic))
    optional = ("alt", speed[0] if speed else "", "offset")

    def fix(line: bytes) -> tuple[list[float], int | None, list[float]]:
        fields = next(csv.reader([line.decode("utf-8", "replace")]))
        if len(fields) != len(names):
            raise ValueError(f"{len(fields)} fields, not {len(names)}")
        place = numbers([fields[at[name]].encode() for name in _NEEDED])
        if abs(place[1]) > 90 or abs(place[2]) > 180:
            raise ValueError("no place on earth")
        more = [_optional(fields[at[name]]) if name in at else np.nan for name in optional]
        return place, _stamp_ns(fields[at[clock]]) if clock else None, more

    found = parsed(lines, fix)
    when = np.array([round(place[0] * 1e9) for place, _, _ in found.values], np.int64)
    schema = f"gps_csv({','.join(names)})"[:2000]
    yield "bronze.messages", messages(source, topic, lines, found, when, ["gnss_fixes"] * len(when), schema)
    yield from yield_quarantine(source, found.problems)
    if not found.values:
        return
    place = np.array([each[0] for each in found.values])
    altitude, raw_speed, rightward = np.array([each[2] for each in found.values], np.float64).T
    columns = {
        **common(source, topic, found.index, when),
        "sensor_time_ns": pa.array([each[1] for each in found.values], pa.int64()),
        "latitude_deg": place[:, 1],
        "longitude_deg": place[:, 2],
        "altitude_m": nullable(altitude, np.isnan(altitude)),
        "speed_mps": nullable(raw_speed * (speed[1] if speed else np.nan), np.isnan(raw_speed)),
        "road_offset_m": nullable(-rightward, np.isnan(rightward)),
    }
    yield "bronze.gnss_fixes", conform("bronze.gnss_fixes", pa.table(columns))


def _optional(text: str) -> float:
    """The number in `text`; NaN for an empty field.

    Raises:
        ValueError: neither.
    """
    return numbers([text.encode()])[0] if text.strip() else float("nan")


def _stamp_ns(text: str) -> int | None:
    """A device's date and time, ns since 1970 by that clock; a time without a zone is taken as it stands."""
    if not text.strip():
        return None
    at = datetime.fromisoformat(text.strip())
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000
