"""KITTI tracking to rows: labels (label_02/<sequence>.txt) and the inertial navigation (oxts/<sequence>.txt)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers import kitti_frames
from spark_jobs.readers.source import FilePlan, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant, nullable
from spark_jobs.readers.text_lines import Floats, Ints, Lines, common, lines_of, messages, numbers, parsed, whole_file

Rows = Iterator[tuple[str, pa.Table]]
FRAME_NS = 100_000_000
"""Frame n is at n/10 s: the files hold no other time."""
VISIBILITY_PCT = {0: 100.0, 1: 75.0, 2: 25.0}
"""Fully visible; partly (the middle of half to all); largely occluded (the middle of nothing to half); 3 is unknown."""
_OXTS_FIELDS = 30
_MAX_FRAME = 10_000_000
_DONT_CARE = "dontcare"


def plan(source: SourceFile) -> FilePlan:
    """One task per file. The format keeps no statistics of its own."""
    return whole_file(source)


def read(task: Task) -> Rows:
    """Rows of the file; a record is a line."""
    lines = lines_of(task.source.path, has_header=False)
    yield from (_oxts if task.source.format == "kitti_oxts" else _labels)(task.source, lines)


def _labels(source: SourceFile, lines: Lines) -> Rows:
    """Boxes in the ego frame. DontCare regions (track -1) are image areas without a box: counted and indexed only."""
    found = parsed(lines, _label)
    matrix, is_own = kitti_frames.ego_from_camera(source.path)
    frame = np.array([value[0] for value in found.values], np.int64)
    is_box = np.array([value[2] != _DONT_CARE for value in found.values], np.bool_)
    stream = ["objects" if box else None for box in is_box]
    schema = f"kitti/label_02 ({'own' if is_own else 'nominal'} calibration)"
    yield "bronze.messages", messages(source, "label_02", lines, found, frame * FRAME_NS, stream, schema)
    yield from yield_quarantine(source, found.problems)
    if is_box.any():
        boxes = [value for value, box in zip(found.values, is_box, strict=True) if box]
        yield "bronze.objects", _objects(source, boxes, found.index[is_box], frame[is_box], matrix)


def _label(line: bytes) -> tuple[int, str, str, list[float]]:
    """(frame, track, class, numbers from truncated on) of a line of 17 fields, or 18 with a score."""
    fields = line.split()
    if len(fields) not in (17, 18):
        raise ValueError(f"{len(fields)} fields, not 17 or 18")
    frame, values = int(fields[0]), numbers(fields[3:])
    if not 0 <= frame <= _MAX_FRAME:
        raise ValueError(f"frame {frame}")
    name = fields[2].decode("utf-8", "replace").lower()
    if name != _DONT_CARE and not all(size > 0 for size in values[7:10]):
        raise ValueError("a box without size")
    return frame, str(int(fields[1])), name, values


def _objects(source: SourceFile, boxes: list[Any], record: Ints, frame: Ints, matrix: Floats) -> pa.Table:
    values = np.array([value[3][:14] for value in boxes])
    scores = np.array([value[3][14] if len(value[3]) > 14 else np.nan for value in boxes])
    size = values[:, 7:10]
    centre, q = kitti_frames.boxes_in_ego(values[:, 10:13], size, values[:, 13], matrix)
    columns = {
        **common(source, "label_02", record, frame * FRAME_NS),
        "role": constant("reference", len(boxes)),
        "object_index": _place_in_frame(frame),
        "track_id": [value[1] for value in boxes],
        "object_class": [value[2] for value in boxes],
        "score": nullable(scores, np.isnan(scores)),
        "frame_id": constant("ego", len(boxes)),
        **dict(zip(("x_m", "y_m", "z_m"), centre.T, strict=True)),
        **dict(zip(("q_w", "q_x", "q_y", "q_z"), q.T, strict=True)),
        **dict(zip(("height_m", "width_m", "length_m"), size.T, strict=True)),
        "visibility_pct": [VISIBILITY_PCT.get(int(occluded)) for occluded in values[:, 1]],
    }
    return conform("bronze.objects", pa.table(columns))


def _place_in_frame(frame: Ints) -> list[int]:
    counts: dict[int, int] = {}
    places = []
    for each in frame.tolist():
        places.append(counts.get(each, 0))
        counts[each] = places[-1] + 1
    return places


def _oxts(source: SourceFile, lines: Lines) -> Rows:
    """Poses and velocity of the ego origin, and what the IMU and the receiver measured; line n is frame n."""
    found = parsed(lines, _oxts_line)
    when = found.index * FRAME_NS
    stream = ["ego_poses"] * len(when)
    yield "bronze.messages", messages(source, "oxts", lines, found, when, stream, "kitti/oxts")
    yield from yield_quarantine(source, found.problems)
    if not len(when):
        return
    values = np.array(found.values)
    shared = common(source, "oxts", found.index, when)
    origin, q = kitti_frames.poses_of_oxts(values)
    turn = values[:, 19]
    arm = kitti_frames.IMU_IN_EGO_M
    pose = {
        **shared,
        "frame_id": constant("map", len(when)),
        **dict(zip(("x_map_m", "y_map_m", "z_map_m"), origin.T, strict=True)),
        **dict(zip(("q_w", "q_x", "q_y", "q_z"), q.T, strict=True)),
        "vx_ego_mps": values[:, 8] + turn * arm[1],  # from the IMU to the ego origin: v - rate x arm
        "vy_ego_mps": values[:, 9] - turn * arm[0],
        "yaw_rate_radps": turn,
    }
    yield "bronze.ego_poses", conform("bronze.ego_poses", pa.table(pose))
    names = ("ax_mps2", "ay_mps2", "az_mps2")
    rates = ("roll_rate_radps", "pitch_rate_radps", "yaw_rate_radps")
    measured = dict(zip((*names, *rates), values[:, [11, 12, 13, 17, 18, 19]].T, strict=True))
    inertial = {**shared, "frame_id": constant("imu", len(when)), **measured}
    yield "bronze.imu_samples", conform("bronze.imu_samples", pa.table(inertial))
    place = dict(zip(("latitude_deg", "longitude_deg", "altitude_m"), values[:, :3].T, strict=True))
    yield "bronze.gnss_fixes", conform("bronze.gnss_fixes", pa.table({**shared, **place}))


def _oxts_line(line: bytes) -> list[float]:
    fields = line.split()
    if len(fields) != _OXTS_FIELDS:
        raise ValueError(f"{len(fields)} fields, not {_OXTS_FIELDS}")
    values = numbers(fields)
    if abs(values[0]) > 90 or abs(values[1]) > 180:
        raise ValueError("no place on earth")
    return values
