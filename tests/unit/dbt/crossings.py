"""Closed-form encounters: a straight ego path, an actor on a line across or along it, and the PET by brute force.

The brute force knows nothing of the SQL: it moves both boxes in steps of a millisecond and, for each place that the
actor covers, asks how long before or after that the ego covers it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.unit.dbt import drives

EGO_FRONT_M, EGO_REAR_M, EGO_HALF_WIDTH_M = 3.7, 1.0, 0.925  # the defaults of the threshold seed
Course = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Actor:
    """A box whose centre is at station `s_m(t)` and `d_m(t)` left of the path; `extent_*_m`: half of its size."""

    s_m: Course
    d_m: Course
    extent_s_m: float = 0.3
    extent_d_m: float = 0.3
    object_class: str = "pedestrian"


def drive(drive_id: str, ego_s_m: Course, actor: Actor, seconds: float = 20.0) -> list[drives.Rows]:
    """Rows of silver of an ego whose origin is at station `ego_s_m(t)` and of that one actor."""
    t = drives.times_s(seconds)
    fine = np.stack([t - 0.005, t + 0.005])
    ego = drives.ego(drive_id, t, np.diff(ego_s_m(fine), axis=0)[0] / 0.01)
    for row, s in zip(ego["silver.ego_motion"], ego_s_m(t), strict=True):
        row["s_m"] = float(s)
    s, d = np.broadcast_to(actor.s_m(t), t.shape), np.broadcast_to(actor.d_m(t), t.shape)
    v_s = np.diff(np.broadcast_to(actor.s_m(fine), fine.shape), axis=0)[0] / 0.01
    track = drives.track(drive_id, "a", t, gap_m=0.0, d_m=d, v_s_mps=v_s, object_class=actor.object_class)
    for row, s_rel in zip(track["silver.object_tracks"], s - ego_s_m(t), strict=True):
        row |= {"s_rel_m": float(s_rel), "x_ego_m": float(s_rel)}
        row |= {"extent_s_m": actor.extent_s_m, "extent_d_m": actor.extent_d_m}
    return [ego, track]


def true_pet_s(ego_s_m: Course, actor: Actor, seconds: float = 20.0) -> float | None:
    """Time between the first leaving and the second reaching the same place, the least of all; None: both at once."""
    t = np.arange(round(seconds * 1000) + 1) / 1000
    s, d = np.broadcast_to(actor.s_m(t), t.shape), np.broadcast_to(actor.d_m(t), t.shape)
    in_path = np.abs(d) < actor.extent_d_m + EGO_HALF_WIDTH_M
    ego = ego_s_m(t)
    margins = []
    for at, place in zip(t[in_path], s[in_path], strict=True):
        reached = np.argmax(ego + EGO_FRONT_M >= place - actor.extent_s_m)
        left = np.argmax(ego - EGO_REAR_M >= place + actor.extent_s_m)
        margins.append((at - t[left] if left else -1.0, t[reached] - at if reached else -1.0))
    after, before = np.array(margins).T
    if (before > 0).all():
        return float(before.min())
    return float(after.min()) if (after > 0).all() else None
