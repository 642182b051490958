"""Truth of the ego alone: hard braking, speeding, what its driver assistance did; and of who stands still."""

import numpy as np
from numpy.typing import NDArray

from fleet.assist import MANUAL, AssistSignals
from fleet.relations import runs
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.true_event import MERGE, Event, event

HARD_MPS2, MIN_SPEED_MPS = -3.0, 5.0
STANDING_MPS, SAME_PLACE_M = 0.5, 3.0
SERIOUS_MPS = 2.23  # 5 mph, nuPlan


def ego_events(states: DriveStates) -> list[Event]:
    """hard_brake and, on a road whose map is on board, overspeed."""
    ax, v = states.ax_ego_mps2, states.ego.speed_mps
    found = [
        event("hard_brake", None, i, j, v0_mps=v[i], peak_deceleration_mps2=-ax[i:j].min())
        for i, j in runs(ax <= HARD_MPS2, MERGE, RATE_HZ * 3 // 10)
        if v[i] > MIN_SPEED_MPS
    ]
    if states.setting.has_map:
        excess = v - np.array([states.limit_mps(float(s)) for s in states.ego.s])
        found += [
            event(
                "overspeed", None, i, j, peak_excess_mps=excess[i:j].max(),
                severity="serious" if excess[i:j].max() > SERIOUS_MPS else "minor",
            )
            for i, j in runs(excess > 0.0, MERGE, RATE_HZ)
        ]  # fmt: skip
    return found


def in_range(states: DriveStates, a: Track) -> NDArray[np.bool_]:
    """Where an actor is in the reference list, over its life."""
    part = slice(a.first, a.last)
    away = np.hypot(a.x_map_m - states.ego.x_map_m[part], a.y_map_m - states.ego.y_map_m[part])
    return np.asarray(away <= states.setting.range_m)


def stationary(states: DriveStates) -> list[Event]:
    """Every road user, the ego too, that stands (below 0.5 m/s, less than 3 m) for a second or more while in range."""
    found = []
    for a in (states.ego, *states.actors):
        is_standing = a.speed_mps < STANDING_MPS
        if not is_standing.any():
            continue
        for i, j in runs(is_standing & (in_range(states, a) if a.number else True), MERGE, RATE_HZ):
            if abs(a.s[j - 1] - a.s[i]) < SAME_PLACE_M:
                found.append(event("stationary", a.number or None, a.first + i, a.first + j))
    return found


def bus_events(states: DriveStates, signals: AssistSignals) -> list[Event]:
    """What the flags of message ADAS_STATUS tell: intervals of one, or the moment at which the system let go."""
    flags: tuple[tuple[str, NDArray[np.bool_]], ...] = (
        ("aeb_activation", signals.aeb_active == 1),
        ("fcw", signals.fcw_level >= 1),
        ("takeover", signals.takeover_request == 1),
        ("odd_exit", signals.odd_ok == 0),
        ("mrm", signals.mrm_active == 1),
    )
    found = [event(name, None, i, j) for name, flag in flags for i, j in runs(flag, MERGE, 1)]
    let_go = np.flatnonzero((signals.mode[:-1] != MANUAL) & (signals.mode[1:] == MANUAL)) + 1
    for i in let_go:
        asked = signals.takeover_request[max(int(i) - RATE_HZ // 2, 0) : int(i) + 1].any()
        found.append(
            event(
                "disengagement", None, int(i), int(i) + 1, initiator="system" if asked else "driver",
                ego_speed_mps=states.ego.speed_mps[i],
            )
        )  # fmt: skip
    return found
