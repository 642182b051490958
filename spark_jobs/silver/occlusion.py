"""Geometric occlusion: how much of an object's width, seen from the ego origin, no nearer vehicle covers."""

import numpy as np
from numpy.typing import NDArray

from spark_jobs.silver.grid import Floats, Ints, wrap

_RAYS = 20  # per object: visibility in steps of five percent
_PAIRS = 500_000  # object pairs looked at together: bounds memory in crowded scenes


def visible_share(scene: Ints, x_m: Floats, y_m: Floats, yaw_rad: Floats, length_m: Floats, width_m: Floats,
                  is_occluder: NDArray[np.bool_]) -> Floats:  # fmt: skip
    """Share 0..1 of each box (n,) in the ego frame that is not hidden behind a nearer occluder of the same scene.

    `scene` (n,) numbers the instants, sorted. A box around the ego origin hides nothing. The cost is the sum over
    scenes of the square of their size.
    """
    bearing = np.arctan2(y_m, x_m)
    distance = np.hypot(x_m, y_m)
    low, high = _angular_span(x_m, y_m, yaw_rad, length_m, width_m, bearing)
    hides = is_occluder & (high - low < np.pi)
    first = np.searchsorted(scene, scene, side="left")
    size = np.searchsorted(scene, scene, side="right") - first
    covered = np.zeros((len(x_m), _RAYS), dtype=bool)
    fraction = (np.arange(_RAYS) + 0.5) / _RAYS
    rank = np.cumsum(size) // _PAIRS
    for block in np.split(np.arange(len(x_m)), np.flatnonzero(np.diff(rank)) + 1):
        target = np.repeat(block, size[block])
        other = np.arange(len(target)) - np.repeat(np.cumsum(size[block]) - size[block], size[block]) + first[target]
        apart = wrap(bearing[other] - bearing[target])
        overlaps = (apart + high[other] > low[target]) & (apart + low[other] < high[target])
        pairs = hides[other] & (distance[other] < distance[target]) & overlaps
        target, other, apart = target[pairs], other[pairs], apart[pairs]
        rays = low[target, None] + (high - low)[target, None] * fraction
        hit = (rays >= (apart + low[other])[:, None]) & (rays <= (apart + high[other])[:, None])
        np.logical_or.at(covered, target, hit)
    return 1.0 - covered.mean(axis=1)


def _angular_span(x_m: Floats, y_m: Floats, yaw_rad: Floats, length_m: Floats, width_m: Floats,
                  bearing: Floats) -> tuple[Floats, Floats]:  # fmt: skip
    """(lowest, highest) angle of the corners relative to the bearing of the centre."""
    cos, sin = np.cos(yaw_rad), np.sin(yaw_rad)
    corners = []
    for along, across in ((0.5, 0.5), (0.5, -0.5), (-0.5, -0.5), (-0.5, 0.5)):
        forward, left = along * length_m, across * width_m
        corners.append(wrap(np.arctan2(y_m + sin * forward + cos * left, x_m + cos * forward - sin * left) - bearing))
    return np.min(corners, axis=0), np.max(corners, axis=0)
