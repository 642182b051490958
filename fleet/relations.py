"""What each actor is to the ego at every instant: gap, closing speed, how deep in the ego lane, who is the lead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.roads import Road
from fleet.simulate import DriveStates, Track

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

INTRUSION_M = 0.30  # UN R157: an outer edge this far over the mark counts as in the lane


@dataclass(frozen=True)
class Relations:
    """Per actor (same order as states.actors) arrays over its life; lead is (n,) over the drive, -1 for none.

    gap_m: ego front bumper to actor rear bumper along the ego lane, negative when not clear ahead. closing_mps > 0:
    the gap shrinks. depth_m: how far the near side of the actor is over the mark of the ego lane, negative outside.
    """

    lane: NDArray[np.int64]
    gap_m: list[Array]
    closing_mps: list[Array]
    depth_m: list[Array]
    is_in_lane: list[Mask]
    lead: NDArray[np.int64]


def relate(states: DriveStates) -> Relations:
    """The relations of all actors to the ego; the ego lane is the one that holds the ego origin."""
    ego, width = states.ego, states.road.lane_width_m
    lane = np.clip(ego.d // width, 0, states.road.num_lanes - 1).astype(np.int64)
    stretch = 1.0 - states.road.at(ego.s, states.road.curvature_1pm) * ego.d
    lead = np.full(len(ego.s), -1, dtype=np.int64)
    nearest = np.full(len(ego.s), np.inf)
    gaps, closings, depths, ins = [], [], [], []
    for k, a in enumerate(states.actors):
        part = slice(a.first, a.last)
        half_along, half_across = half_extents(states.road, a)
        gap = (a.s - half_along - ego.s[part] - ego.front_m) * stretch[part]
        right = lane[part] * width
        depth = np.minimum(right + width - (a.d - half_across), a.d + half_across - right)
        is_in = depth > INTRUSION_M
        is_lead = is_in & (gap > 0.0) & (gap < nearest[part])
        nearest[part] = np.where(is_lead, gap, nearest[part])
        lead[part] = np.where(is_lead, k, lead[part])
        gaps.append(gap)
        closings.append((ego.vs[part] - a.vs) * stretch[part])
        depths.append(depth)
        ins.append(is_in)
    return Relations(lane, gaps, closings, depths, ins, lead)


def half_extents(road: Road, a: Track) -> tuple[Array, Array]:
    """Half of what the turned box of an actor covers (along the road, across it) [m] over its life."""
    turn = a.yaw_map_rad - road.at(a.s, road.heading_rad)
    along, across = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    return a.length_m / 2 * along + a.width_m / 2 * across, a.length_m / 2 * across + a.width_m / 2 * along


def is_across(a: Track, first: int, last: int) -> bool:
    """Whether a road user is once more than 45 degrees across the lane, from its sample `first` to its sample `last`.

    By speeds in m/s along and across the road. By the definitions this is not the same direction: no lane change, no
    cut-in, no cut-out.
    """
    part = slice(first, last + 1)
    return bool(np.any(np.abs(a.vd[part]) > np.abs(a.vs[part])))


def runs(mask: Mask, merge: int, shortest: int) -> list[tuple[int, int]]:
    """Maximal [start, end) where mask holds, merged over gaps of up to merge samples, at least shortest long."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    found: list[tuple[int, int]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if found and start - found[-1][1] <= merge:
            found[-1] = (found[-1][0], int(end))
        else:
            found.append((int(start), int(end)))
    return [(i, j) for i, j in found if j - i >= shortest]


def boxes_in_ego_frame(states: DriveStates, sample: int) -> tuple[Array, list[int]]:
    """Boxes present at a sample as (n, 7): x, y, yaw, length, width, height, index in states.actors; and their numbers.

    Metres and radians in the ego frame, x and y of the box centre.
    """
    ego = states.ego
    c, s = np.cos(ego.yaw_map_rad[sample]), np.sin(ego.yaw_map_rad[sample])
    rows, numbers = [], []
    for k, a in enumerate(states.actors):
        i = a.at(sample)
        if i is None:
            continue
        dx, dy = a.x_map_m[i] - ego.x_map_m[sample], a.y_map_m[i] - ego.y_map_m[sample]
        yaw = a.yaw_map_rad[i] - ego.yaw_map_rad[sample]
        rows.append((c * dx + s * dy, -s * dx + c * dy, yaw, a.length_m, a.width_m, a.height_m, k))
        numbers.append(a.number)
    return np.array(rows, dtype=np.float64).reshape(-1, 7), numbers
