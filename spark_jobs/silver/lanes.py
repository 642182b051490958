"""Where the lane marks are: from lane-camera polynomials at a time, or from a drive's map at a place."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from spark_jobs.silver.grid import MAX_GAP_NS, Floats, Ints, wrap
from spark_jobs.silver.outlines import contains

_BEHIND_M, _AHEAD_M = 10.0, 20.0  # how far past its valid range a polynomial is still believed
MAX_TURN_RAD = np.pi / 3  # a lane is one's own only when driven roughly its way
_END_M = 5.0  # a boundary that stops this little short of a point still counts there
_DRIVEN = ("vehicle", "bus")


@dataclass(frozen=True)
class Marks:
    """One side's boundary by lane cameras: t_ns (n,) sorted; c (n, 4) of y(x) in the ego frame; range_m (n, 2)."""

    t_ns: Ints
    c: Floats
    range_m: Floats

    def at(self, t_ns: Ints, x_ego_m: Floats) -> Floats:
        """Ego y of the mark at (t_ns, x_ego_m) (m,): the message nearest in time, at most 0.3 s away; else NaN."""
        if not len(self.t_ns):
            return np.full(len(t_ns), np.nan)
        row, is_near = self._nearest(t_ns)
        c0, c1, c2, c3 = self.c[row].T
        y = c0 + x_ego_m * (c1 + x_ego_m * (c2 + x_ego_m * c3))
        inside = (x_ego_m >= self.range_m[row, 0] - _BEHIND_M) & (x_ego_m <= self.range_m[row, 1] + _AHEAD_M)
        return np.where(inside & is_near, y, np.nan)

    def direction(self, t_ns: Ints) -> Floats:
        """Direction of the mark beside the ego (m,), radians in the ego frame; NaN as for `at`."""
        if not len(self.t_ns):
            return np.full(len(t_ns), np.nan)
        row, is_near = self._nearest(t_ns)
        return np.where(is_near, np.arctan(self.c[row, 1]), np.nan)

    def _nearest(self, t_ns: Ints) -> tuple[Ints, np.ndarray]:
        after = np.clip(np.searchsorted(self.t_ns, t_ns), 0, len(self.t_ns) - 1)
        before = np.maximum(after - 1, 0)
        is_before = np.abs(t_ns - self.t_ns[before]) <= np.abs(self.t_ns[after] - t_ns)
        row = np.where(is_before, before, after)
        return row, np.abs(self.t_ns[row] - t_ns) <= MAX_GAP_NS


def lane_marks(lanes: pl.DataFrame, side: str) -> Marks:
    """The marks of `side` (ego_left, ego_right) among bronze.lane_boundaries rows that carry t_ns."""
    order = ["t_ns", "file_id", "record_index", "boundary_index"]
    rows = lanes.filter(pl.col("side") == side).sort(order).unique("t_ns", keep="first", maintain_order=True)
    polynomial = rows.select("c0_m", "c1", "c2_1pm", "c3_1pm2").to_numpy()
    return Marks(rows["t_ns"].to_numpy(), polynomial, rows.select("x_min_m", "x_max_m").to_numpy())


@dataclass(frozen=True)
class MapLanes:
    """The lanes of a drive's map that are made for driving: (left (k, 2), right (j, 2)) polylines in map metres, and
    for each its id and whether it lies in an intersection; None: the map does not say."""

    segments: tuple[tuple[Floats, Floats], ...]
    ids: tuple[int, ...]
    is_intersection: tuple[bool | None, ...]

    def marks_at(self, xy_m: Floats, heading_rad: Floats) -> tuple[Floats, Floats, Floats]:
        """The (left, right) mark seen from points (n, 2) with headings (n,), metres to the left, and where the lane
        leads (n,), radians from the heading.

        The lane is the segment that contains the point and whose direction is nearest to the heading; NaN in none.
        """
        left, right, direction = np.full((3, len(xy_m)), np.nan)
        best_turn = np.full(len(xy_m), MAX_TURN_RAD)
        for left_m, right_m in self.segments:
            ring = np.concatenate([left_m, right_m[::-1]])
            near = np.flatnonzero(contains(ring, xy_m))
            if not len(near):
                continue
            turns = turns_to(left_m, right_m, xy_m[near], heading_rad[near])
            turn = np.abs(turns).min(axis=0)
            is_best = turn < best_turn[near]
            near = near[is_best]
            best_turn[near] = turn[is_best]
            direction[near] = turns[:, is_best].mean(axis=0)
            left[near] = _crossing(left_m, xy_m[near], heading_rad[near])
            right[near] = _crossing(right_m, xy_m[near], heading_rad[near])
        return left, right, direction


def map_lanes_of(rows: pl.DataFrame) -> MapLanes:
    """The drivable lanes among bronze.map_lanes rows; the same segment from two files counts once."""
    driven = rows.filter(pl.col("lane_type").str.to_lowercase().fill_null("vehicle").is_in(list(_DRIVEN)))
    keys = ["lane_segment_id", "side", "vertex_index"]
    ordered = driven.sort(*keys, "file_id").unique(keys, keep="first", maintain_order=True)
    sides: dict[int, dict[str, Floats]] = {}
    flags: dict[int, bool | None] = {}
    for (segment, side), part in ordered.group_by("lane_segment_id", "side", maintain_order=True):
        number = int(str(segment))
        sides.setdefault(number, {})[str(side)] = part.select("x_map_m", "y_map_m").to_numpy()
        flags[number] = part["is_intersection"][0]
    whole = [key for key, pair in sides.items() if len(pair) == 2 and min(len(side) for side in pair.values()) > 1]
    segments = tuple((sides[key]["left"], sides[key]["right"]) for key in whole)
    return MapLanes(segments, tuple(whole), tuple(flags[key] for key in whole))


def turns_to(left_m: Floats, right_m: Floats, points: Floats, heading_rad: Floats) -> Floats:
    """Angle from the heading to the nearest stretch of each mark (2, n), -pi..pi; positive: it leads to the left."""
    turns = []
    for line in (left_m, right_m):
        middle, step = (line[1:] + line[:-1]) / 2, np.diff(line, axis=0)
        nearest = np.argmin(((points[:, None] - middle) ** 2).sum(axis=2), axis=1)
        turns.append(wrap(np.arctan2(step[nearest, 1], step[nearest, 0]) - heading_rad))
    return np.stack(turns)


def _crossing(line: Floats, points: Floats, heading_rad: Floats) -> Floats:
    """Where `line` (k, 2) crosses the axis to the left of each point, metres; else its end within 5 m."""
    away = line[None] - points[:, None]
    cos, sin = np.cos(heading_rad)[:, None], np.sin(heading_rad)[:, None]
    along, across = cos * away[:, :, 0] + sin * away[:, :, 1], cos * away[:, :, 1] - sin * away[:, :, 0]
    step = np.diff(along, axis=1)
    crosses = along[:, :-1] * along[:, 1:] <= 0
    weight = -along[:, :-1] / np.where(step == 0, 1.0, step)
    at = np.where(crosses, across[:, :-1] + np.diff(across, axis=1) * weight, np.inf)
    rows = np.arange(len(points))
    nearest = at[rows, np.argmin(np.abs(at), axis=1)]
    end = np.argmin(np.abs(along), axis=1)
    closing = np.where(np.abs(along[rows, end]) < _END_M, across[rows, end], np.nan)
    return np.where(np.isfinite(nearest), nearest, closing)
