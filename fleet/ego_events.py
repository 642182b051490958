"""Truth of the ego alone: hard braking, standing, speeding, and what its driver assistance did."""

import numpy as np
from numpy.typing import NDArray

from fleet.assist import MANUAL, AssistSignals
from fleet.relations import runs
from fleet.simulate import RATE_HZ, DriveStates
from fleet.true_event import MERGE, Event, event

HARD_MPS2, MIN_SPEED_MPS = -3.0, 5.0
STANDING_MPS = 0.3
SERIOUS_MPS = 2.23  # 5 mph, nuPlan


def ego_events(states: DriveStates) -> list[Event]:
    """hard_brake, stationary and, on a road whose map is on board, overspeed."""
    ax, v = states.ax_ego_mps2, states.ego.speed_mps
    found = [
        event("hard_brake", None, i, j, v0_mps=v[i], peak_deceleration_mps2=-ax[i:j].min())
        for i, j in runs(ax <= HARD_MPS2, MERGE, RATE_HZ * 3 // 10)
        if v[i] > MIN_SPEED_MPS
    ]
    found += [
        event("stationary", None, i, j, duration_s=(j - i) / RATE_HZ) for i, j in runs(v < STANDING_MPS, MERGE, RATE_HZ)
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
