"""The lanes of a SUMO network: centre lines, what follows what, and the marks around a vehicle in its own frame."""

import xml.etree.ElementTree as ET  # reads only what SUMO wrote a moment ago
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
AHEAD_M, BEHIND_M, SPACING_M = 90.0, 12.0, 2.0
_MAX_TURN_RAD = 0.2  # where the lane turns off, at junctions, there are no marks; a bend of 900 m turns 0.1 in 90 m
_MIN_SEEN_M = 12.0


@dataclass(frozen=True)
class Lane:
    """A lane: centre line (n, 2) [m] in driving direction, width [m], index (0 is the rightmost), lanes of its edge."""

    lane_id: str
    edge: str
    index: int
    num_lanes: int
    width_m: float
    line_m: Array
    length_m: float


@dataclass(frozen=True)
class Lanes:
    """All lanes by id, and the lanes that follow each (the internal ones of a junction between them)."""

    by_id: dict[str, Lane]
    following: dict[str, list[str]]

    def chain(self, lane_id: str, route: set[str], reach_m: float) -> list[str]:
        """The lanes ahead on the way to the edges of `route`, this one first, until `reach_m` behind its start."""
        names, length = [lane_id], self.by_id[lane_id].length_m
        while length < reach_m:
            options = [n for n in self.following.get(names[-1], []) if self._leads_to(n, route)]
            if not options:
                break
            names.append(options[0])
            length += self.by_id[options[0]].length_m
        return names

    def _leads_to(self, lane_id: str, route: set[str]) -> bool:
        if not lane_id.startswith(":"):
            return self.by_id[lane_id].edge in route
        return any(self._leads_to(n, route) for n in self.following.get(lane_id, []))


def read_lanes(network: Path) -> Lanes:
    """The lanes of a .net.xml."""
    root = ET.parse(network).getroot()  # noqa: S314  # SUMO's own
    by_id = {}
    for edge in root.iter("edge"):
        lanes = edge.findall("lane")
        for lane in lanes:
            points = [tuple(float(v) for v in point.split(",")[:2]) for point in str(lane.get("shape")).split()]
            name = str(lane.get("id"))
            by_id[name] = Lane(
                name, str(edge.get("id")), int(str(lane.get("index"))), len(lanes),
                float(lane.get("width", "3.2")), np.array(points), float(str(lane.get("length"))),
            )  # fmt: skip
    following: dict[str, list[str]] = {}
    for joint in root.iter("connection"):
        start = f"{joint.get('from')}_{joint.get('fromLane')}"
        end = joint.get("via") or f"{joint.get('to')}_{joint.get('toLane')}"
        following.setdefault(start, []).append(str(end))
    return Lanes(by_id, following)


def ahead_m(lanes: Lanes, names: list[str], pos_m: float) -> Array:
    """The centre line (n, 2) of a chain from BEHIND_M behind `pos_m` on its first lane to AHEAD_M ahead, every 2 m."""
    lines = [lanes.by_id[name].line_m for name in names]
    line = np.concatenate([lines[0], *(part[1:] for part in lines[1:])])
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    # SUMO's lengths and those of the drawn shapes differ in junctions: scale the first lane
    drawn = float(np.hypot(*np.diff(lines[0], axis=0).T).sum())
    at = pos_m * drawn / max(lanes.by_id[names[0]].length_m, 1e-6)
    stations = np.arange(max(at - BEHIND_M, 0.0), min(at + AHEAD_M, along[-1]), SPACING_M)
    return np.stack([np.interp(stations, along, line[:, k]) for k in (0, 1)], axis=1)


def marks(lane: Lane, line_m: Array, x_m: float, y_m: float, yaw_rad: float) -> dict[str, tuple[Array, float, float]]:
    """Cubics of the marks around a vehicle at (x, y, yaw): side -> (coefficients, x_min_m, x_max_m) in its frame."""
    away = line_m - (x_m, y_m)
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    x, y = c * away[:, 0] + s * away[:, 1], -s * away[:, 0] + c * away[:, 1]
    if len(x) < 4:
        return {}
    turn = np.abs(np.arctan2(np.gradient(y), np.gradient(x)))
    bent = np.flatnonzero((turn > _MAX_TURN_RAD) & (x > 0.0))
    bent_behind = np.flatnonzero((turn > _MAX_TURN_RAD) & (x <= 0.0))
    seen = slice(int(bent_behind[-1]) + 1 if len(bent_behind) else 0, int(bent[0]) if len(bent) else len(x))
    x, y = x[seen], y[seen]
    if len(x) < 4 or x[-1] - x[0] < _MIN_SEEN_M or not x[0] <= 4.0:
        return {}
    slope = np.gradient(y) / np.gradient(x)
    found = {}
    # marks lie half a lane off the centre line, square to it
    for side, number in (("ego_left", 1), ("ego_right", 0), ("next_left", 2), ("next_right", -1)):
        if not 0 <= lane.index + number <= lane.num_lanes:
            continue
        off = (number - 0.5) * lane.width_m
        norm = np.hypot(1.0, slope)
        px, py = x - off * slope / norm, y + off / norm
        found[side] = (np.polynomial.polynomial.polyfit(px, py, 3), float(px[0]), float(px[-1]))
    return found
