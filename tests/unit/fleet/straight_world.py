"""Drives in a straight world, in which the answer is known: who drives and walks where is given in closed form."""

import dataclasses

import numpy as np

from fleet.manoeuvres import LateralPlan, Move
from fleet.roads import make_road
from fleet.setting import AssistStory, Setting, draw_setting, streams
from fleet.simulate import RATE_HZ, DriveStates, Track

LANE_M, SECONDS, EGO_MPS = 3.5, 20.0, 25.0
T = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ  # s since the start of the drive
OWN, NEXT = 1.5 * LANE_M, 2.5 * LANE_M  # d of the middle of the ego lane and of the one to its left [m]


def setting(**changes: object) -> Setting:
    """A setting with a map, no zone with a limit of its own, the assistance engaged, but for `changes`."""
    drawn = draw_setting(1, 0, SECONDS, streams(1, 0)["setting"])
    quiet = {"has_map": True, "zone": None, "assist": AssistStory("engaged")}
    return dataclasses.replace(drawn, **(quiet | changes))


def track(number: int, d0: float, s0: float, v: np.ndarray | float, moves: list[Move], kind: str = "car") -> Track:
    """Somebody from s0, d0 [m] on whose speed along the road over T is v [m/s]; number 0 has the size of the ego.

    The road is a line along x of the map, so x is s and y is d.
    """
    vs = np.broadcast_to(np.asarray(v, dtype=float), T.shape).copy()
    s = s0 + np.concatenate([[0.0], np.cumsum((vs[1:] + vs[:-1]) / 2 / RATE_HZ)])
    d, vd = LateralPlan(d0, moves=moves).arrays(T, s, vs)
    front, rear, width = (3.7, 1.0, 1.8) if number == 0 else (2.3, 2.3, 1.8)
    if kind == "pedestrian":
        front, rear, width = 0.25, 0.25, 0.5
    return Track(
        number, kind, front + rear, width, 1.5, front, rear, 0, s, d, vs, vd, np.gradient(vs) * RATE_HZ, s, d,
        np.zeros(len(T)), np.hypot(vs, vd),
    )  # fmt: skip


def drive(*actors: Track, ego_v: np.ndarray | float = EGO_MPS, ego_moves: list[Move] | None = None, **changes: object):
    """The ego from s = 0 in its lane at ego_v [m/s] among `actors`; one crosswalk, 118 to 122 m. `changes`: setting."""
    own = setting(**changes)
    road = make_road("highway", 1500.0, np.random.default_rng(0))
    straight = np.zeros_like(road.curvature_1pm)
    road = dataclasses.replace(road, curvature_1pm=straight, heading_rad=straight)
    ego = track(0, OWN, 0.0, ego_v, ego_moves or [])
    crosswalks = ((118.0, 122.0),)
    return DriveStates(own, road, T, ego, ego.a_s, np.gradient(ego.vd) * RATE_HZ, 0.0 * T, list(actors), crosswalks)
