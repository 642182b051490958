"""Boreas to rows: applanix/<sensor>_poses.csv, and the boxes of boreas-objects (labels_detection/<time>.txt).

A pose file gives the pose of its sensor in UTM: easting, northing, altitude, velocity over ground (east, north, up),
roll, pitch, heading. Rotation sensor to world = Rx(-roll) Ry(-pitch) Rz(-heading): the velocity then lies along the
sensor's forward axis, which a test holds fast. The ego frame here is that of the sensor with its axes turned to
x forward, y left, z up: where the sensor sits above the rear axle is not in the data.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from scipy.spatial.transform import Rotation

from longtail.contracts import conform
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant
from spark_jobs.readers.text_lines import (
    Floats,
    Ints,
    Lines,
    Parsed,
    common,
    lines_of,
    messages,
    numbers,
    parsed,
    whole_file,
)

Rows = Iterator[tuple[str, pa.Table]]
_COLUMNS = b"easting,northing,altitude,vel_east,vel_north,vel_up,roll,pitch,heading,angvel_z,angvel_y,angvel_x"
_HEADERS = (b"GPSTime," + _COLUMNS, b"ROSTime," + _COLUMNS)
# Columns: the ego axes x, y, z in the frame of the sensor.
_SENSOR_FROM_EGO = {
    "camera": np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]]),  # x right, y down, z forward
    "radar": np.diag([1.0, -1, -1]),  # x forward, y right, z down
    "lidar": np.eye(3),  # x forward, y left, z up
}
_UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
_YEAR_2000_S, _YEAR_2100_S = 946_684_800, 4_102_444_800


def plan(source: SourceFile) -> FilePlan:
    """One task per file. The format keeps no statistics of its own."""
    return whole_file(source, _refusal)


def read(task: Task) -> Rows:
    """Rows of the file; a record is a line, the header is none."""
    yield from (_labels if task.source.format == "boreas_labels" else _poses)(task.source)


def time_unit(stamp: int) -> str | None:
    """The unit in which `stamp` counts since 1970, by its size: the one that puts it between 2000 and 2100.

    The files of one data set differ: radar poses of 2021-08-05 count nanoseconds, the others microseconds.
    """
    return next((unit for unit, ns in _UNITS.items() if _YEAR_2000_S <= stamp * ns // 10**9 < _YEAR_2100_S), None)


def _refusal(source: SourceFile) -> Problem | None:
    path = Path(source.path)
    if source.format == "boreas_labels":
        return None if time_unit(int(path.stem)) else Problem("bad_name", f"{path.name} is named by no time since 2000")
    with path.open("rb") as file:
        header = file.readline(1024).strip()
    if header in _HEADERS:
        return None
    return Problem(
        "bad_schema", f"{path.name} has other columns than a Boreas pose file: {header[:100]!r}", byte_offset=0
    )


def _pose_line(line: bytes) -> tuple[int, list[float]]:
    fields = line.split(b",")
    if len(fields) != 13:
        raise ValueError(f"{len(fields)} fields, not 13")
    return int(fields[0]), numbers(fields[1:])


def _poses(source: SourceFile) -> Rows:
    topic = Path(source.path).stem
    lines = lines_of(source.path, has_header=True)
    found = parsed(lines, _pose_line)
    problems = list(found.problems)
    raw = np.array([stamp for stamp, _ in found.values], np.int64)
    unit = time_unit(int(np.median(raw))) if len(raw) else None
    if unit is None and len(raw):
        problems.append(Problem("bad_time", f"stamps around {raw[0]} count no known unit", num_messages=len(raw)))
    if unit is not None:
        when = raw * _UNITS[unit]
        clock = lines.header.split(b",")[0].decode()
        schema = f"boreas/applanix_pose ({clock} in {unit})"
        yield "bronze.messages", messages(source, topic, lines, found, when, ["ego_poses"] * len(when), schema)
        yield "bronze.ego_poses", _ego_poses(source, topic, found, when)
    yield from yield_quarantine(source, problems)


def _ego_poses(source: SourceFile, topic: str, found: Parsed, when: Ints) -> pa.Table:
    values = np.array([numbers for _, numbers in found.values])
    turn = _world_from_ego(values[:, 6:9], topic.removesuffix("_poses"))
    velocity = turn.inv().apply(values[:, 3:6])
    columns = {
        **common(source, topic, found.index, when),
        "sensor_time_ns": when,
        "frame_id": constant("utm", len(when)),
        **dict(zip(("x_map_m", "y_map_m", "z_map_m"), values[:, :3].T, strict=True)),
        **dict(zip(("q_w", "q_x", "q_y", "q_z"), turn.as_quat(scalar_first=True).T, strict=True)),
        "vx_ego_mps": velocity[:, 0],
        "vy_ego_mps": velocity[:, 1],
    }
    return conform("bronze.ego_poses", pa.table(columns))


def _world_from_ego(roll_pitch_heading: Floats, sensor: str) -> Rotation:
    world_from_sensor = Rotation.from_euler("XYZ", -roll_pitch_heading)
    return world_from_sensor * Rotation.from_matrix(_SENSOR_FROM_EGO.get(sensor, np.eye(3)))


def _label_line(line: bytes) -> tuple[str, str, list[float]]:
    fields = line.split()
    if len(fields) != 10:
        raise ValueError(f"{len(fields)} fields, not 10")
    values = numbers(fields[2:])
    if not all(size > 0 for size in values[:3]):
        raise ValueError("a box without size")
    track, name = (field.decode("utf-8", "replace") for field in fields[:2])
    return track, name.lower(), values


def _labels(source: SourceFile) -> Rows:
    """Boxes in the frame of the lidar: track, class, length, width, height, x, y, z, yaw, lidar points inside."""
    topic, stamp = "labels_detection", int(re.sub(r"\D", "", Path(source.path).stem))
    unit = time_unit(stamp)
    lines: Lines = lines_of(source.path, has_header=False)
    found = parsed(lines, _label_line)
    when = np.full(len(found.index), stamp * _UNITS[unit or "us"], np.int64)
    schema = f"boreas/labels_detection (file named in {unit})"
    yield "bronze.messages", messages(source, topic, lines, found, when, ["objects"] * len(when), schema)
    if found.values:
        values = np.array([each[2] for each in found.values])
        columns = {
            **common(source, topic, found.index, when),
            "sensor_time_ns": when,
            "role": constant("reference", len(when)),
            "object_index": np.arange(len(when)),
            "track_id": [track for track, _, _ in found.values],
            "object_class": [name for _, name, _ in found.values],
            "frame_id": constant("ego", len(when)),
            **dict(zip(("length_m", "width_m", "height_m", "x_m", "y_m", "z_m"), values[:, :6].T, strict=True)),
            **dict(zip(("q_w", "q_z"), (np.cos(values[:, 6] / 2), np.sin(values[:, 6] / 2)), strict=True)),
            **{name: np.zeros(len(when)) for name in ("q_x", "q_y")},
            "num_lidar_points": values[:, 7].astype(np.int64),
        }
        yield "bronze.objects", conform("bronze.objects", pa.table(columns))
    yield from yield_quarantine(source, found.problems)
