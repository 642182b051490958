"""Closed-form drives on a map, as bronze rows that silver is built from: positions in the local frame, 10 Hz."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from spark_jobs.silver.drive import build_drive, empty
from tests.unit.dbt import drives

_SIDES = (("left", 1.75), ("right", -1.75))
_KEPT = ("ego_motion", "object_tracks", "conditions")
Way = tuple[np.ndarray, np.ndarray, np.ndarray]
"""x (n,), y (n,) and heading (n,) at the instants of the grid."""


@dataclass(frozen=True)
class Actor:
    """A box that goes its way."""

    track_id: str
    object_class: str
    way: Way
    length_m: float = 0.6
    width_m: float = 0.6


@dataclass(frozen=True)
class Element:
    """A rectangle of the map: kind, (x0, y0, x1, y1) and the speed limit."""

    kind: str
    box: tuple[float, float, float, float]
    limit_mps: float | None = None


@dataclass(frozen=True)
class Lane:
    """A lane of 3.5 m by the points of its middle, x growing."""

    lane_id: int
    middle: tuple[tuple[float, float], ...]


def straight(t_s: np.ndarray, start: tuple[float, float], velocity: tuple[float, float]) -> Way:
    """A way without bends."""
    heading = np.full(t_s.shape, np.arctan2(velocity[1], velocity[0]))
    return start[0] + velocity[0] * t_s, start[1] + velocity[1] * t_s, heading


def bend(t_s: np.ndarray, speed_mps: float, from_m: float, radius_m: float, angle_rad: float, wait_s: float = 0) -> Way:
    """Along x from 0, from `from_m` on to the left with that radius through the angle, then straight; it stands for
    `wait_s` where the bend begins."""
    reached = from_m / speed_mps
    s = speed_mps * np.where(t_s < reached, t_s, np.maximum(t_s - wait_s, reached))
    a = np.clip((s - from_m) / radius_m, 0, angle_rad)
    rest = np.clip(s - from_m - radius_m * angle_rad, 0, None)
    x = np.minimum(s, from_m) + radius_m * np.sin(a) + rest * np.cos(a)
    return x, radius_m * (1 - np.cos(a)) + rest * np.sin(a), a


def drive(
    drive_id: str, t_s: np.ndarray, ego: Way, actors: Sequence[Actor] = (), elements: Sequence[Element | Lane] = ()
) -> list[drives.Rows]:
    """The rows of the silver tables of the drive, and those of bronze and ops that the marts ask for."""
    poses = _rows("bronze.ego_poses", drive_id, "/odom", t_s) | _places(ego, "map_m") | {"frame_id": ["map"] * len(t_s)}
    listed = [_listed(drive_id, t_s, number, actor) for number, actor in enumerate(actors)]
    bronze = {"bronze.ego_poses": _frame("bronze.ego_poses", [poses])}
    bronze["bronze.objects"] = _frame("bronze.objects", listed)
    bronze["bronze.map_elements"] = _frame(
        "bronze.map_elements", [_outline(n, each) for n, each in enumerate(elements) if isinstance(each, Element)]
    )
    lanes = [_boundary(each, *side) for each in elements if isinstance(each, Lane) for side in _SIDES]
    bronze["bronze.map_lanes"] = _frame("bronze.map_lanes", lanes)
    tables = build_drive(bronze, (), ("p", drive_id))
    silver = {f"silver.{name}": tables[f"silver.{name}"].to_pylist() for name in _KEPT}
    known = drives.ego(drive_id, t_s, np.ones(len(t_s)))
    return [silver, {name: known[name] for name in ("bronze.drives", "ops.ingest_ledger")}]


def _listed(drive_id: str, t_s: np.ndarray, number: int, actor: Actor) -> dict[str, object]:
    count = len(t_s)
    size = {"length_m": actor.length_m, "width_m": actor.width_m, "height_m": 1.5}
    names = {"track_id": actor.track_id, "object_class": actor.object_class, "role": "reference", "frame_id": "map"}
    return {
        **_rows("bronze.objects", drive_id, "/reference", t_s),
        **_places(actor.way, "m"),
        **{name: [value] * count for name, value in (size | names | {"object_index": number}).items()},
    }


def _rows(table: str, drive_id: str, topic: str, t_s: np.ndarray) -> dict[str, object]:
    times = drives.START_NS + np.rint(t_s * 10).astype(np.int64) * 100_000_000
    ids = {"project_id": "p", "drive_id": drive_id, "file_id": table, "topic": topic}
    stamps = {"record_index": np.arange(len(t_s)), "log_time_ns": times, "sensor_time_ns": times}
    return {**{name: [value] * len(t_s) for name, value in ids.items()}, **stamps}


def _places(way: Way, suffix: str) -> dict[str, object]:
    x, y, heading = way
    zero = np.zeros(len(x))
    place = {f"x_{suffix}": x, f"y_{suffix}": y, f"z_{suffix}": zero}
    return {**place, "q_w": np.cos(heading / 2), "q_x": zero, "q_y": zero, "q_z": np.sin(heading / 2)}


def _outline(number: int, element: Element) -> dict[str, object]:
    x0, y0, x1, y1 = element.box
    corners = {"vertex_index": [0, 1, 2, 3], "x_map_m": [x0, x1, x1, x0], "y_map_m": [y0, y0, y1, y1]}
    names = {"file_id": "map", "topic": "map", "element_id": f"{element.kind} {number}", "kind": element.kind}
    same = names | {"speed_limit_mps": element.limit_mps}
    return {**corners, **{name: [value] * 4 for name, value in same.items()}}


def _boundary(lane: Lane, side: str, beside_m: float) -> dict[str, object]:
    x, y = np.array(lane.middle).T
    same = {"file_id": "map", "lane_segment_id": lane.lane_id, "side": side, "lane_type": "vehicle", "z_map_m": 0.0}
    place = {"vertex_index": np.arange(len(x)), "x_map_m": x, "y_map_m": y + beside_m}
    return {**place, **{name: [value] * len(x) for name, value in same.items()}}


def _frame(table: str, parts: Sequence[dict[str, object]]) -> pl.DataFrame:
    schema = empty(table).schema
    frames = [pl.DataFrame(part, schema_overrides={name: schema[name] for name in part}) for part in parts]
    return pl.concat([empty(table), *frames], how="diagonal") if frames else empty(table)
