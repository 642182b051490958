"""ASAM OpenLABEL 1.0 and its forerunner VCD 4.3 to rows: boxes, ego poses; actions, events and relations indexed.

https://www.asam.net/standards/detail/openlabel/ : a cuboid is (x, y, z, rx, ry, rz, sx, sy, sz) or, with a quaternion,
(x, y, z, qx, qy, qz, qw, sx, sy, sz): the centre, the turn and the size along its own axes in its coordinate system;
matrices are 4 x 4, row by row. Angles are taken as intrinsic z-y'-x'' turns, as the standard says.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.openlabel_frames import Boxes, boxes_of, ego_system, from_ego, poses_of
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant
from spark_jobs.readers.text_lines import common, whole_file

Rows = Iterator[tuple[str, pa.Table]]
FRAME_NS = 100_000_000
"""Frame n is at n/10 s, unless the frame carries a time stamp of its own: the KITTI sequences are at 10 Hz."""
INDEXED = ("actions", "events", "relations", "contexts", "tags")
"""Elements that are indexed: one message each, its type as the schema name."""


def plan(source: SourceFile) -> FilePlan:
    """One task per file. The format keeps no statistics of its own."""
    return whole_file(source, _refusal)


def _refusal(source: SourceFile) -> Problem | None:
    try:
        _document(source.path)
    except (OSError, ValueError, RecursionError) as error:
        return Problem("bad_openlabel", f"{type(error).__name__}: {error}"[:500], byte_offset=0)
    return None


def read(task: Task) -> Rows:
    """Rows of the file. A record is a frame, then an action, event, relation, context or tag, in file order."""
    source = task.source
    kind, document = _document(source.path)
    frames = sorted(((int(number), frame) for number, frame in document.get("frames", {}).items()), key=lambda f: f[0])
    when = np.array([_time_ns(number, frame) for number, frame in frames], np.int64)
    elements = [(name, key, each) for name in INDEXED for key, each in (document.get(name) or {}).items()]
    yield "bronze.messages", _messages(source, kind, when, elements)
    to_ego, problem = from_ego(document)
    if problem is not None:
        yield from yield_quarantine(source, [Problem("bad_openlabel", problem)])
    own = ego_system(document)
    boxes = boxes_of(document, [frame for _, frame in frames], to_ego, own)
    if boxes.record:
        yield "bronze.objects", _objects(source, boxes, when)
    record, origin, q = poses_of([frame for _, frame in frames], own)
    if len(record):
        columns = {
            **common(source, "openlabel", record, when[record]),
            "frame_id": constant("odom", len(record)),
            **dict(zip(("x_map_m", "y_map_m", "z_map_m"), origin.T, strict=True)),
            **dict(zip(("q_w", "q_x", "q_y", "q_z"), q.T, strict=True)),
        }
        yield "bronze.ego_poses", conform("bronze.ego_poses", pa.table(columns))
    if boxes.problems:
        yield from yield_quarantine(source, boxes.problems)


def _document(path: str) -> tuple[str, dict[str, Any]]:
    """("openlabel" or "vcd", what is under it).

    Raises:
        ValueError: no such document.
    """
    whole = json.loads(Path(path).read_bytes())
    for kind in ("openlabel", "vcd"):
        if isinstance(whole, dict) and isinstance(whole.get(kind), dict):
            document = whole[kind]
            if not isinstance(document.get("frames", {}), dict):
                raise ValueError("frames is no object")
            if not all(isinstance(frame, dict) and number.isdecimal() for number, frame in document["frames"].items()):
                raise ValueError("a frame is no object, or its number no number")
            if any(not isinstance(document.get(name) or {}, dict) for name in (*INDEXED, "objects")):
                raise ValueError("elements are no object")
            return kind, document
    raise ValueError("neither openlabel nor vcd in it")


def _time_ns(number: int, frame: Mapping[str, Any]) -> int:
    stamp = (frame.get("frame_properties") or {}).get("timestamp")
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):  # seconds
        return round(stamp * 1e9)
    return number * FRAME_NS


def _messages(source: SourceFile, kind: str, when: Any, elements: list[tuple[str, str, Any]]) -> pa.Table:
    start = [_first_frame(each) * FRAME_NS for _, _, each in elements]
    count = len(when)
    total = count + len(elements)
    columns = {
        **common(source, "openlabel", np.arange(total), np.concatenate([when, np.array(start, np.int64)])),
        "topic": [*["openlabel"] * count, *(f"openlabel/{name}" for name, _, _ in elements)],
        "schema_name": [*[f"{kind}/frame"] * count, *(str(_member(each, "type"))[:200] for _, _, each in elements)],
        "message_encoding": constant("json", total),
        "stream": pa.array([*["objects"] * count, *[None] * len(elements)], pa.string()),
        "num_payload_bytes": np.zeros(total, np.int64),
        "crc32": np.zeros(total, np.int64),
    }
    return conform("bronze.messages", pa.table(columns))


def _member(element: Any, name: str) -> Any:
    return element.get(name) if isinstance(element, dict) else None


def _first_frame(element: Any) -> int:
    """The frame an element begins in; 0 for one that holds throughout."""
    intervals = _member(element, "frame_intervals") or []
    starts = [each.get("frame_start") for each in intervals if isinstance(each, dict)]
    return min((start for start in starts if isinstance(start, int) and 0 <= start < 10**7), default=0)


def _objects(source: SourceFile, boxes: Boxes, when: Any) -> pa.Table:
    record = np.array(boxes.record, np.int64)
    columns = {
        **common(source, "openlabel", record, when[record]),
        "role": constant("reference", len(record)),
        "object_index": boxes.place,
        "track_id": boxes.track,
        "object_class": boxes.kind,
        "frame_id": constant("ego", len(record)),
        **dict(zip(("x_m", "y_m", "z_m"), np.array(boxes.centre).T, strict=True)),
        **dict(zip(("q_w", "q_x", "q_y", "q_z"), boxes.quaternions().T, strict=True)),
        **dict(zip(("length_m", "width_m", "height_m"), np.array(boxes.size).T, strict=True)),
        "visibility_pct": boxes.visibility,
    }
    return conform("bronze.objects", pa.table(columns))
