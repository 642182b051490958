"""ASAM OSI lanes to rows of bronze.map_lanes: boundaries in driving direction, derived from centre lines if need be."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from spark_jobs.readers.columns import Decoded, Ints, Level
from spark_jobs.readers.source import SourceFile
from spark_jobs.readers.stream_rows import Floats, constant

_SIDES = ("left", "right")
LANE_FIELDS = (
    *(f"lane/{name}" for name in ("id.value", "classification.type", "classification.subtype")),
    "lane/classification.centerline_is_driving_direction",
    *(f"lane/classification.centerline/{axis}" for axis in "xyz"),
    *(f"lane/classification.{side}_{what}_id/value" for side in _SIDES for what in ("lane_boundary", "adjacent_lane")),
    *("lane_boundary/id.value", "lane_boundary/classification.type"),
    *(f"lane_boundary/boundary_line/position.{axis}" for axis in "xyz"),
)
_DRIVING, _INTERSECTION, _BIKING = 2, 4, 3
_MARKS = "unknown other none solid_line dashed_line botts_dots road_edge snow_edge grass_edge gravel_edge soil_edge"
_MARK_NAMES = dict(enumerate((*_MARKS.split(), "guard_rail", "curb", "structure", "barrier", "sound_barrier")))
_DERIVED = "derived_from_centerline"
_LANE_WIDTHS_M = (2.0, 6.0)
"""Centre lines closer or farther apart than this are no neighbours side by side: lanes that fork, or another road."""
_WIDTH_M = 3.5
"""Of a lane whose neighbours do not tell."""

_Line = tuple[Floats, str]
"""(vertices (n, 3), mark type)."""


@dataclass
class Lanes:
    """The lanes of one task; each is told once, as the first message that has it gives it."""

    told: set[int] = field(default_factory=set)

    def rows(self, decoded: Decoded, prefix: str, source: SourceFile) -> dict[str, Any]:
        """The map_lanes columns of the lanes that are new in `decoded`."""
        lanes = decoded.level(f"{prefix}lane")
        if not len(lanes.parent):
            return _columns([], source)
        ids, first = np.unique(lanes.integers("id.value"), return_index=True)
        is_new = np.array([number not in self.told for number in ids.tolist()], np.bool_)
        self.told.update(ids[is_new].tolist())
        found = _Message(decoded, prefix, lanes)
        return _columns([found.lane(int(row)) for row in first[is_new]], source)


class _Message:
    """The lanes and boundaries of a batch, by row."""

    def __init__(self, decoded: Decoded, prefix: str, lanes: Level) -> None:
        self.lanes = lanes
        self.ids = lanes.integers("id.value")
        self.center = _Lists(decoded.level(f"{prefix}lane/classification.centerline"), "")
        self.ends = {
            (side, what): _Ids(decoded.level(f"{prefix}lane/classification.{side}_{what}_id"))
            for side in _SIDES
            for what in ("lane_boundary", "adjacent_lane")
        }
        boundaries = decoded.level(f"{prefix}lane_boundary")
        self.lines = _Lists(decoded.level(f"{prefix}lane_boundary/boundary_line"), "position.")
        self.marks = boundaries.integers("classification.type")
        self.line_rows = _rows_by_id(boundaries)
        self.lane_rows = _rows_by_id(lanes)
        self.kind = lanes.integers("classification.type")
        self.subtype = lanes.integers("classification.subtype")
        self.is_forward = lanes.integers("classification.centerline_is_driving_direction") != 0

    def lane(self, row: int) -> dict[str, Any]:
        """What map_lanes says about the lane at `row`, with its two sides as lines."""
        message = int(self.lanes.parent[row])
        center = self.center.of(row)
        lines = [self._boundary(row, message, side, center) for side in _SIDES]
        if any(line is None for line in lines):
            lines = self._derived(row, message, center)
        neighbours = [self.ends[side, "adjacent_lane"].of(row) for side in _SIDES]
        if not self.is_forward[row]:  # sides are told along the centre line, here they are wanted along the traffic
            lines = [None if line is None else (line[0][::-1], line[1]) for line in lines[::-1]]
            neighbours = neighbours[::-1]
        kind = int(self.kind[row])
        return {
            "lane_segment_id": int(self.ids[row]),
            "lane_type": _lane_type(kind, int(self.subtype[row])),
            "is_intersection": None if kind == 0 else kind == _INTERSECTION,
            **{
                f"{side}_neighbor_id": int(ids[0]) if len(ids) else None
                for side, ids in zip(_SIDES, neighbours, strict=True)
            },
            "lines": dict(zip(_SIDES, lines, strict=True)),
        }

    def _boundary(self, row: int, message: int, side: str, center: Floats) -> _Line | None:
        """The boundary lines of one side, one behind the other along the centre line; None: there is none."""
        rows = [self.line_rows.get((message, int(number))) for number in self.ends[side, "lane_boundary"].of(row)]
        lines = [(_along(self.lines.of(found), center), found) for found in rows if found is not None]
        lines = [(line, found) for line, found in lines if len(line) > 1]
        if not lines:
            return None
        if len(center) > 1:
            heading = center[-1] - center[0]
            lines.sort(key=lambda each: float(each[0][0] @ heading))
        return np.concatenate([line for line, _ in lines]), _MARK_NAMES.get(int(self.marks[lines[0][1]]), "unknown")

    def _derived(self, row: int, message: int, center: Floats) -> list[_Line | None]:
        """Lines half a lane width beside the centre line; the width is the distance to the nearest neighbour's."""
        if len(center) < 2:
            return [None, None]
        step = np.gradient(center[:, :2], axis=0)
        normal = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.maximum(np.hypot(*step.T), 1e-9)[:, None]
        widths = [self._width(row, message, side, center) for side in _SIDES]
        widths = [width or widths[1 - k] or _WIDTH_M for k, width in enumerate(widths)]
        sides: list[_Line | None] = []
        for width, sign in zip(widths, (1, -1), strict=True):
            line = center.copy()
            line[:, :2] += sign * normal * width / 2
            sides.append((line, _DERIVED))
        return sides

    def _width(self, row: int, message: int, side: str, center: Floats) -> float | None:
        """The distance to the nearest lane on that side; None: no lane lies there at the distance of a lane."""
        found = []
        for number in self.ends[side, "adjacent_lane"].of(row):
            other = self.lane_rows.get((message, int(number)))
            line = self.center.of(other) if other is not None else center[:0]
            if len(line):
                away = np.hypot(*(center[:, None, :2] - line[None, :, :2]).transpose(2, 0, 1)).min(axis=1)
                found.append(float(np.median(away)))
        fitting = [width for width in found if _LANE_WIDTHS_M[0] <= width <= _LANE_WIDTHS_M[1]]
        return min(fitting, default=None)


class _Lists:
    """Points (n, 3) of each parent of a level."""

    def __init__(self, level: Level, prefix: str) -> None:
        order = np.lexsort((level.position, level.parent))
        self.parent = level.parent[order]
        self.points = np.stack([level.numbers(f"{prefix}{axis}", 0.0)[order] for axis in "xyz"], axis=1)

    def of(self, row: int) -> Floats:
        """The points of the parent `row`."""
        first, last = np.searchsorted(self.parent, (row, row + 1))
        return self.points[first:last]


class _Ids:
    """The ids that each parent of a level names."""

    def __init__(self, level: Level) -> None:
        order = np.lexsort((level.position, level.parent))
        self.parent, self.values = level.parent[order], level.integers("value")[order]

    def of(self, row: int) -> Ints:
        """The ids of the parent `row`."""
        first, last = np.searchsorted(self.parent, (row, row + 1))
        return self.values[first:last]


def _rows_by_id(level: Level) -> dict[tuple[int, int], int]:
    """Row by (message, id)."""
    keys = zip(level.parent.tolist(), level.integers("id.value").tolist(), strict=True)
    return {key: row for row, key in enumerate(keys)}


def _along(line: Floats, center: Floats) -> Floats:
    """`line` in the direction of the centre line."""
    if len(center) < 2 or len(line) < 2:
        return line
    return line if (line[-1] - line[0]) @ (center[-1] - center[0]) >= 0 else line[::-1]


def _lane_type(kind: int, subtype: int) -> str | None:
    """As bronze.map_lanes names it; null when OSI does not know."""
    if kind == 0:
        return None
    if kind in (_DRIVING, _INTERSECTION):
        return "vehicle"
    return "bike" if subtype == _BIKING else "other"


def _columns(lanes: list[dict[str, Any]], source: SourceFile) -> dict[str, Any]:
    """One row per vertex of each side of `lanes`."""
    parts = [(lane, side, *line) for lane in lanes for side, line in lane["lines"].items() if line is not None]
    sizes = [len(line) for _, _, line, _ in parts]
    count = sum(sizes)
    points = np.concatenate([line for _, _, line, _ in parts]) if parts else np.empty((0, 3))
    each = np.repeat(np.arange(len(parts)), sizes)
    indexes = np.concatenate([np.arange(size) for size in sizes]) if parts else np.empty(0, np.int64)
    names = ("lane_segment_id", "lane_type", "is_intersection", "left_neighbor_id", "right_neighbor_id")
    columns: dict[str, Any] = {
        "project_id": constant(source.project_id, count),
        "drive_id": constant(source.drive_id, count),
        "file_id": constant(source.file_id, count),
        "vertex_index": indexes,
        **{f"{axis}_map_m": points[:, k] for k, axis in enumerate("xyz")},
    }
    kinds = {"lane_type": pa.string(), "is_intersection": pa.bool_()}
    for name in names:
        values = pa.array([lane[name] for lane, _, _, _ in parts], kinds.get(name, pa.int64()))
        columns[name] = values.take(pa.array(each))
    for name, place in (("side", 1), ("mark_type", 3)):
        columns[name] = pa.array([part[place] for part in parts], pa.string()).take(pa.array(each))
    return columns
