"""Outlines on the map: which points lie inside, and how far others are away. No loop over points."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from spark_jobs.silver.grid import Floats

Bools = NDArray[np.bool_]


def contains(ring: Floats, xy_m: Floats) -> Bools:
    """True for points (n, 2) inside the outline (k, 2), by the number of edges to the right of them; NaN is outside.

    Each edge is met by the points between the heights of its ends only: the cost is that of the pairs that can matter.
    """
    inside = np.zeros(len(xy_m), np.bool_)
    with np.errstate(invalid="ignore"):
        near = np.flatnonzero(((xy_m >= ring.min(axis=0)) & (xy_m <= ring.max(axis=0))).all(axis=1))
    x, y = xy_m[near].T
    order = np.argsort(y, kind="stable")
    start, end = ring, np.roll(ring, -1, axis=0)
    first = np.searchsorted(y[order], np.minimum(start[:, 1], end[:, 1]))
    count = np.searchsorted(y[order], np.maximum(start[:, 1], end[:, 1])) - first
    edge = np.repeat(np.arange(len(ring)), count)
    at = order[np.arange(len(edge)) - np.repeat(np.cumsum(count) - count - first, count)]
    rise = np.where(end[:, 1] == start[:, 1], 1.0, end[:, 1] - start[:, 1])
    slope = (end[:, 0] - start[:, 0]) / rise
    crosses = x[at] < start[edge, 0] + (y[at] - start[edge, 1]) * slope[edge]
    inside[near[np.bincount(at[crosses], minlength=len(near)) % 2 == 1]] = True
    return inside


def contains_any(rings: Iterable[Floats], xy_m: Floats) -> Bools:
    """True for points (n, 2) inside one of the outlines."""
    inside = np.zeros(len(xy_m), np.bool_)
    for ring in rings:
        rest = np.flatnonzero(~inside)
        inside[rest[contains(ring, xy_m[rest])]] = True
    return inside


def distance_m(rings: Iterable[Floats], xy_m: Floats) -> Floats:
    """Distance of points (n, 2) to the nearest of the outlines, 0 inside; NaN without outlines or without a place."""
    nearest = np.where(np.isfinite(xy_m).all(axis=1), np.inf, np.nan)
    for ring in rings:
        middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
        reach = np.hypot(*(ring - middle).T).max()
        # No point of the outline is nearer than that: only points for which it may be the nearest are measured.
        bound = np.hypot(*(xy_m - middle).T) - reach
        rows = np.flatnonzero(bound < nearest)
        away = np.where(contains(ring, xy_m[rows]), 0.0, _to_edges_m(ring, xy_m[rows]))
        nearest[rows] = np.minimum(nearest[rows], away)
    return np.where(np.isfinite(nearest), nearest, np.nan)


def _to_edges_m(ring: Floats, xy_m: Floats) -> Floats:
    nearest = np.full(len(xy_m), np.inf)
    for start, end in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        step, away = end - start, xy_m - start
        weight = np.clip(away @ step / max(step @ step, 1e-12), 0.0, 1.0)
        nearest = np.minimum(nearest, np.hypot(*(away - weight[:, None] * step).T))
    return nearest
