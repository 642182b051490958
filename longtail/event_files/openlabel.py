"""An event as ASAM OpenLABEL 1.0: cuboids frame by frame, the event, its actor and its parameters as tags.

https://www.asam.net/standards/detail/openlabel/
"""

import json
from collections.abc import Iterable
from itertools import groupby
from math import cos, sin
from pathlib import Path
from typing import Any

from longtail.event_files.openlabel_tags import streams, tags
from longtail.event_files.window import METRICS, NS, STEP_NS, Row, Window, window

EGO_SYSTEM, FIXED_SYSTEM = "vehicle-iso8855", "odom"
EGO_UID = "0"


def write(event_id: str, out: Path, margin_s: float = 2.0) -> Path:
    """Write an event with `margin_s` before and after to `out`, which appears when it is whole.

    Raises:
        QueryError: no such event.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        text = json.dumps({"openlabel": document(window(event_id, margin_s))}, allow_nan=False, indent=1)
        part.write_text(text + "\n")
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def document(shown: Window) -> dict[str, Any]:
    """What is under "openlabel". Frame n is the n-th instant of the 10 Hz grid from the first one on."""
    first = min(row["t_ns"] for row in (*shown.ego, *shown.objects))
    uids = uids_of(shown)
    frames = _frames(shown, first, uids)
    spans = {track: [_frame(row["t_ns"], first) for row in rows] for track, rows in shown.tracks().items()}
    classes = {track: rows[0]["object_class"] for track, rows in shown.tracks().items()}
    objects = {EGO_UID: _element("ego", "ego_vehicle", frames)}
    objects |= {uid: _element(track, classes[track], spans[track]) for track, uid in uids.items()}
    last = max(frames)
    moments = {name: min(max(_frame(t_ns, first), 0), last) for name, t_ns in shown.moments().items()}
    during = range(moments["start"], moments["end"] + 1)
    for number in set(during) & set(frames):
        frames[number]["actions"] = {"0": {}}
    for uid, number in enumerate(moments.values()):
        frames.setdefault(number, {}).setdefault("events", {})[str(uid)] = {}
    scenario = shown.event["scenario_id"]
    return {
        "metadata": {
            "schema_version": "1.0.0",
            "annotator": "longtail",
            "name": shown.event["event_id"],
            "comment": f"{shown.title} of drive {shown.event['drive_id']}",
        },
        **tags(shown),
        "coordinate_systems": {
            FIXED_SYSTEM: {"type": "scene_cs", "parent": "", "children": [EGO_SYSTEM]},
            EGO_SYSTEM: {"type": "local_cs", "parent": FIXED_SYSTEM, "children": []},
        },
        "streams": streams(shown),
        "objects": objects,
        "actions": {"0": _element(scenario, scenario, during) | {"ontology_uid": "1"}},
        "events": {
            str(number): _element(f"{scenario} {name}", f"{scenario}_{name}", [frame]) | {"ontology_uid": "1"}
            for number, (name, frame) in enumerate(moments.items())
        },
        "relations": {
            "0": {
                "name": f"{scenario} is done by",
                "type": "isSubjectOfAction",
                "rdf_subjects": [{"type": "object", "uid": uids.get(shown.actor or "", EGO_UID)}],
                "rdf_objects": [{"type": "action", "uid": "0"}],
                "frame_intervals": intervals(during),
            }
        },
        "frame_intervals": intervals(frames),
        "frames": {str(number): frames[number] for number in sorted(frames)},
    }


def uids_of(shown: Window) -> dict[str, str]:
    """{track id: object uid}. The standard wants numbers: track ids that are some are kept, else all get new ones."""
    tracks = list(shown.tracks())
    if all(track.isdecimal() and track.isascii() and int(track) > 0 for track in tracks):
        return {track: track for track in tracks}
    return {track: str(number) for number, track in enumerate(tracks, start=1)}


def intervals(frames: Iterable[int]) -> list[dict[str, int]]:
    """Closed runs of consecutive frame numbers."""
    runs = groupby(enumerate(sorted(frames)), key=lambda pair: pair[1] - pair[0])
    spans = ([number for _, number in run] for _, run in runs)
    return [{"frame_start": span[0], "frame_end": span[-1]} for span in spans]


def _frames(shown: Window, first_ns: int, uids: dict[str, str]) -> dict[int, dict[str, Any]]:
    """{frame number: frame}: where the ego is, and the boxes."""
    frames: dict[int, dict[str, Any]] = {}
    for row in shown.ego:
        frames[_frame(row["t_ns"], first_ns)] = {"frame_properties": _properties(row), "objects": {}}
    for row in shown.objects:
        empty = {"frame_properties": {"timestamp": row["t_ns"] / NS}, "objects": {}}
        frame = frames.setdefault(_frame(row["t_ns"], first_ns), empty)
        frame["objects"][uids[row["track_id"]]] = {"object_data": _object_data(shown, row)}
    for frame in frames.values():
        frame["objects"][EGO_UID] = {"object_data": {"cuboid": [_cuboid(*_ego_box(shown.vehicle))]}}
    return frames


def _frame(t_ns: int, first_ns: int) -> int:
    return round((t_ns - first_ns) / STEP_NS)


def _element(name: str, kind: str, frames: Iterable[int]) -> dict[str, Any]:
    return {"name": name, "type": kind, "frame_intervals": intervals(frames)}


def _object_data(shown: Window, row: Row) -> dict[str, Any]:
    pose = (row["x_ego_m"], row["y_ego_m"], row["yaw_ego_rad"])
    data: dict[str, Any] = {"cuboid": [_cuboid(pose, (row["length_m"], row["width_m"], row["height_m"]))]}
    met = shown.metrics.get(row["t_ns"], {})
    numbers = {name: met[name] for name in METRICS if met.get("track_id") == row["track_id"]}
    numbers["visibility_pct"] = row["visibility_pct"]
    known = [{"name": name, "val": value} for name, value in numbers.items() if value is not None]
    return data | ({"num": known} if known else {})


def _cuboid(pose: tuple[float, float, float], size: tuple[float, float, float]) -> dict[str, Any]:
    """x, y, z, rx, ry, rz, sx, sy, sz in the ego frame; the box stands on the ground."""
    x, y, yaw = pose
    values = [x, y, size[2] / 2, 0.0, 0.0, yaw, *size]
    return {"name": "box", "coordinate_system": EGO_SYSTEM, "val": values}


def _ego_box(car: dict[str, float]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    front, rear = car["rear_axle_to_front_bumper_m"], car["rear_axle_to_rear_bumper_m"]
    return ((front - rear) / 2, 0.0, 0.0), (front + rear, car["width_m"], car["height_m"])


def _properties(row: Row) -> dict[str, Any]:
    """The time stamp in s UTC, and where the ego is when that is known."""
    properties: dict[str, Any] = {"timestamp": row["t_ns"] / NS}
    if row["x_map_m"] is not None and row["yaw_map_rad"] is not None:
        c, s = cos(row["yaw_map_rad"]), sin(row["yaw_map_rad"])
        x, y, z = row["x_map_m"], row["y_map_m"], row["z_map_m"] or 0.0
        matrix = [c, -s, 0.0, x, s, c, 0.0, y, 0.0, 0.0, 1.0, z, 0.0, 0.0, 0.0, 1.0]
        transform = {"src": EGO_SYSTEM, "dst": FIXED_SYSTEM, "transform_src_to_dst": {"matrix4x4": matrix}}
        properties["transforms"] = {f"{EGO_SYSTEM}_to_{FIXED_SYSTEM}": transform}
    return properties
