"""What the map of a drive says about a place: on the road, in an intersection, how far to a crosswalk, which lane."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from spark_jobs.silver.grid import Floats, Ints
from spark_jobs.silver.lanes import MapLanes, turns_to
from spark_jobs.silver.outlines import Bools, contains, contains_any, distance_m

_JOINT = ("joint_id", "joint_lane_id")
_KINDS = ("lane", "road", "intersection", "crosswalk")
_TURNED_RAD = np.pi / 4  # a lane through an intersection that bends by more than this leads to the left or right
_SAME_M = 0.5  # ends of lanes this near are one place
_MAX_TURN_RAD = np.pi / 3  # a lane is one's own only when driven roughly its way


@dataclass(frozen=True)
class Lane:
    """A lane by its outline (k, 2). `sides`: its boundaries along the traffic, None where only the outline is known;
    `joint_id`: names the place at its end where another lane joins it."""

    lane_id: str
    ring: Floats
    sides: tuple[Floats, Floats] | None
    turn: str | None
    speed_limit_mps: float
    is_intersection: bool
    joint_id: str | None = None


@dataclass(frozen=True)
class MapFacts:
    """The map of a drive. `source`: map_elements (it would show roads and crosswalks where there are any), map_lanes
    (lanes only) or none; `knows_intersections`: it would show those."""

    source: str
    lanes: tuple[Lane, ...]
    roads: tuple[tuple[Floats, float], ...]
    intersections: tuple[Floats, ...]
    crosswalks: tuple[Floats, ...]
    knows_intersections: bool

    def at(self, xy_m: Floats) -> dict[str, pl.Series]:
        """is_on_road, is_in_intersection and crosswalk_distance_m of points (n, 2); null where the map does not say."""
        crossings = [*self.intersections, *(lane.ring for lane in self.lanes if lane.is_intersection)]
        is_crossing = contains_any(crossings, xy_m)
        areas = [*(ring for ring, _ in self.roads), *(lane.ring for lane in self.lanes if not lane.is_intersection)]
        is_driven = is_crossing | contains_any(areas, xy_m)
        is_placed = np.isfinite(xy_m).all(axis=1)
        return {
            "is_on_road": _known(is_driven, is_placed & (self.source != "none")),
            "is_in_intersection": _known(is_crossing, is_placed & self.knows_intersections),
            "crosswalk_distance_m": pl.Series(distance_m(self.crosswalks, xy_m)),
        }

    def along(self, xy_m: Floats, heading_rad: Floats) -> dict[str, pl.Series]:
        """speed_limit_mps, lane_turn and is_in_intersection of the ego at points (n, 2) of its way, in order of time.

        Where lanes lie on each other, as they do in an intersection, the ego's is the one that it stays in longest.
        """
        limit, longest = np.full(len(xy_m), np.nan), np.zeros(len(xy_m), np.int64)
        turn = np.full(len(xy_m), None, object)
        for ring, value in self.roads:
            limit[contains(ring, xy_m) & np.isnan(limit)] = value
        on_lane = np.full(len(xy_m), np.nan)
        for lane in self.lanes:
            stay = _stay(_driven(lane, xy_m, heading_rad))
            mine = stay > longest
            longest[mine], turn[mine], on_lane[mine] = stay[mine], lane.turn, lane.speed_limit_mps
        return {
            "speed_limit_mps": pl.Series(np.where(np.isfinite(on_lane), on_lane, limit)),
            **self.joints(xy_m, heading_rad),
            "lane_turn": pl.Series(turn.tolist(), dtype=pl.String),
            "is_in_intersection": self.at(xy_m)["is_in_intersection"],
            "map_source": pl.Series([self.source] * len(xy_m), dtype=pl.String),
        }

    def joints(self, xy_m: Floats, heading_rad: Floats) -> dict[str, pl.Series]:
        """joint_id, joint_lane_id and joint_distance_m of points (n, 2) with headings (n,) on lanes that end where
        another lane joins them; null on all others."""
        names = np.full((2, len(xy_m)), None, object)
        distance = np.full(len(xy_m), np.nan)
        for lane in self.lanes:
            if lane.joint_id is None or lane.sides is None:
                continue
            rows = np.flatnonzero(_driven(lane, xy_m, heading_rad))
            names[:, rows] = np.array([[lane.joint_id], [lane.lane_id]], object)
            distance[rows] = np.hypot(*(xy_m[rows] - (lane.sides[0][-1] + lane.sides[1][-1]) / 2).T)
        ids = {name: pl.Series(each.tolist(), dtype=pl.String) for name, each in zip(_JOINT, names, strict=True)}
        return {**ids, "joint_distance_m": pl.Series(distance)}


def map_facts_of(lanes: MapLanes, elements: pl.DataFrame) -> MapFacts:
    """The map of a drive: its lanes, and the rows of bronze.map_elements that `told` keeps."""
    kinds: dict[str, list[tuple[str, Floats, float, str | None]]] = {kind: [] for kind in _KINDS}
    kept = elements.filter(pl.col("outcome") == "in_map").sort("element_id", "vertex_index")
    for (name,), rows in kept.group_by("element_id", maintain_order=True):
        kind, limit, turn = rows.row(0, named=True)["kind"], rows["speed_limit_mps"][0], rows["turn"][0]
        ring = rows.select("x_map_m", "y_map_m").to_numpy()
        kinds[kind].append((str(name), ring, np.nan if limit is None else limit, turn))
    outlined = [Lane(name, ring, None, turn, limit, False) for name, ring, limit, turn in kinds["lane"]]
    source = "map_elements" if kept.height else "map_lanes" if lanes.segments else "none"
    return MapFacts(
        source,
        (*_bounded(lanes), *outlined),
        tuple((ring, limit) for _, ring, limit, _ in kinds["road"]),
        tuple(ring for _, ring, _, _ in kinds["intersection"]),
        tuple(ring for _, ring, _, _ in kinds["crosswalk"]),
        any(flag is not None for flag in lanes.is_intersection) or (bool(kept.height) and not lanes.segments),
    )


def told(elements: pl.DataFrame) -> pl.DataFrame:
    """Rows of bronze.map_elements with their `outcome`: in_map, or why not. What a vehicle publishes again and again
    is taken from the first record that has it."""
    record = pl.col("record_index").fill_null(-1)
    is_first = pl.col("file_id") == pl.col("file_id").min().over("element_id")
    is_first &= record == pl.when(is_first).then(record).min().over("element_id")
    reason = pl.when(~pl.col("kind").is_in(list(_KINDS))).then(pl.lit("unknown_kind"))
    reason = reason.when(pl.len().over("file_id", "record_index", "element_id") < 3).then(pl.lit("no_outline"))
    reason = reason.when(~is_first).then(pl.lit("told_before"))
    return elements.with_columns(outcome=reason.otherwise(pl.lit("in_map")))


def _bounded(lanes: MapLanes) -> list[Lane]:
    found = []
    for number, (left, right), flag, joint in zip(
        lanes.ids, lanes.segments, lanes.is_intersection, _joints(lanes), strict=True
    ):
        ring = np.concatenate([left, right[::-1]])
        turn = _turn_of(left, right) if flag else None
        found.append(Lane(str(number), ring, (left, right), turn, np.nan, bool(flag), joint))
    return found


def _joints(lanes: MapLanes) -> list[str | None]:
    """For each lane the id of the place where it ends together with another one, not both in an intersection: there
    every turn ends with others. The ends of lanes with one successor are the same two points of the map."""
    if not lanes.segments:
        return []
    ends = np.array([(*left[-1], *right[-1]) for left, right in lanes.segments])
    is_outside = np.array([not flag for flag in lanes.is_intersection])
    is_same = (np.abs(ends[:, None] - ends) < _SAME_M).all(axis=2)
    is_joint = (is_same.sum(axis=1) > 1) & (is_same & is_outside).any(axis=1)
    return [
        str(min(np.array(lanes.ids)[same])) if joint else None for same, joint in zip(is_same, is_joint, strict=True)
    ]


def _turn_of(left: Floats, right: Floats) -> str:
    """Where a lane leads, by the headings of its two ends."""
    steps = np.stack([left[[1, -1]] - left[[0, -2]], right[[1, -1]] - right[[0, -2]]]).sum(axis=0)
    (x0, y0), (x1, y1) = steps
    turn = np.arctan2(x0 * y1 - y0 * x1, x0 * x1 + y0 * y1)
    return "left" if turn > _TURNED_RAD else "right" if turn < -_TURNED_RAD else "straight"


def _driven(lane: Lane, xy_m: Floats, heading_rad: Floats) -> Bools:
    inside = contains(lane.ring, xy_m)
    if lane.sides is not None:
        rows = np.flatnonzero(inside)
        turns = turns_to(*lane.sides, xy_m[rows], heading_rad[rows])
        inside[rows] = np.abs(turns).min(axis=0) < _MAX_TURN_RAD
    return inside


def _stay(inside: Bools) -> Ints:
    """For each instant how many instants the stay it belongs to has; 0 outside."""
    number = np.cumsum(np.diff(inside, prepend=False))
    return np.where(inside, np.bincount(number)[number], 0)


def _known(values: Bools, is_known: Bools) -> pl.Series:
    return pl.Series(values).set(pl.Series(~is_known), None)
