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
        row |= {"s_rel_m": float(s_rel), "path_s_rel_m": float(s_rel), "x_ego_m": float(s_rel)}
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


def steady(speed_mps: float, start_m: float = 0.0) -> Course:
    return lambda t: start_m + speed_mps * t


def braking(speed_mps: float, from_s: float, braking_mps2: float, to_mps: float) -> Course:
    lasts_s = (speed_mps - to_mps) / braking_mps2

    def place(t: np.ndarray) -> np.ndarray:
        u = np.clip(t - from_s, 0, lasts_s)
        return speed_mps * t - 0.5 * braking_mps2 * u**2 - (speed_mps - to_mps) * np.clip(t - from_s - lasts_s, 0, None)

    return place


def standing(at_m: float) -> Course:
    return lambda t: np.full(t.shape, at_m)


CROSSINGS: dict[str, tuple[Course, Actor]] = {
    # a pedestrian walks across at 60 m: gone 1.4 s before the ego comes, or stepping out 0.7 s after it passed
    "walker-first": (steady(10), Actor(standing(60.0), lambda t: 4.0 - 1.4 * (t - 0.473))),
    "walker-second": (steady(10), Actor(standing(60.0), lambda t: -4.0 + 1.4 * (t - 4.94))),
    "walker-first-ego-yields": (braking(12, 1, 3.0, 1.5), Actor(standing(45.0), lambda t: 6.0 - 1.0 * (t - 0.23))),
    # a car across at a right angle, and one at 60 degrees to the path, whose conflict moves with it
    "car-first": (steady(12), Actor(standing(80.0), lambda t: 40 - 11.0 * (t - 1.71), 0.9, 2.25, "car")),
    "car-oblique": (
        steady(9),
        Actor(lambda t: 70 + 4.0 * (t - 6.0), lambda t: -3.0 + 6.93 * (t - 5.0), 2.0, 2.4, "car"),
    ),
    "cyclist-against": (
        steady(7),
        Actor(lambda t: 70 - 3.0 * (t - 6.0), lambda t: 8.0 - 3.0 * (t - 4.2), 0.8, 0.8, "bicycle"),
    ),
}
OTHERS: dict[str, tuple[Course, Actor]] = {
    "child-of-cpnco": (steady(10), Actor(standing(90.0), lambda t: -5 / 3.6 * (t - 4.0), 0.25, 0.25)),
    "walker-hit": (steady(10), Actor(standing(60.0), lambda t: 4.0 - 1.4 * (t - 3.2))),
    "walker-turns-back": (steady(10), Actor(standing(60.0), lambda t: 0.8 + 0.7 * np.abs(t - 3.0))),
    "lead": (steady(20), Actor(lambda t: 70 + 15.0 * t, lambda t: 0.2 + 0 * t, 2.25, 0.9, "car")),
    "lead-that-changes-lane": (
        steady(20),
        Actor(lambda t: 40 + 20.0 * t, lambda t: drives.quintic(t, 4, 8, -3.5, 3.5), 2.25, 0.9, "car"),
    ),
    "oncoming-beside": (steady(20), Actor(lambda t: 300 - 15.0 * t, lambda t: 3.5 + 0 * t, 2.25, 0.9, "car")),
    "walker-lost-in-the-path": (steady(10), Actor(standing(60.0), lambda t: 4.0 - 1.4 * (t - 0.473))),
}


def closed_form_drives() -> list[drives.Rows]:
    """The drives of the scenario tests and the encounters."""
    parts = [*drives.cut_in(), *drives.ego_lane_change(), *drives.emergency_stop()]
    for name, (ego, actor) in (CROSSINGS | OTHERS).items():
        parts.extend(drive(name, ego, actor))
    for part in parts:
        rows = part.get("silver.object_tracks", [])
        if rows and rows[0]["drive_id"] == "walker-lost-in-the-path":
            part["silver.object_tracks"] = [row for row in rows if row["d_m"] > -0.5]
    return parts
