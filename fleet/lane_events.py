"""Truth of who enters and who leaves the lane ahead of the ego: cut-ins and cut-outs."""

import numpy as np
from numpy.typing import NDArray

from fleet.relations import INTRUSION_M, Relations, half_extents, is_across
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.true_event import Event, event


def cut_ins(states: DriveStates, rel: Relations) -> list[Event]:
    """An actor of the adjacent lane gets more than 0.30 m over the mark of the ego lane, ahead, and becomes the lead.

    The ego lane must not change in that instant: who is passed by the mark of a lane-changing ego has not cut in.
    """
    found = []
    width = states.road.lane_width_m
    for k, a in enumerate(states.actors):
        if a.kind == "pedestrian" or a.direction != 1:
            continue
        for i in np.flatnonzero(~rel.is_in_lane[k][:-1] & rel.is_in_lane[k][1:]) + 1:
            t0 = a.first + int(i)
            outside = np.flatnonzero(rel.depth_m[k][:i] <= 0.0)
            if rel.lane[t0] != rel.lane[t0 - 1] or rel.gap_m[k][i] <= 0.0 or len(outside) == 0:
                continue
            if abs(int(a.d[outside[-1]] // width) - rel.lane[t0]) != 1:
                continue
            is_lead = rel.lead[t0 : t0 + 3 * RATE_HZ] == k
            first = int(np.argmax(is_lead)) if is_lead.any() else 10**6
            if first > 2 * RATE_HZ or not is_lead[first : first + RATE_HZ].all() or len(is_lead) < first + RATE_HZ:
                continue
            one = _cut_in(states, rel, k, a, int(i), t0)
            one.is_ignored = is_across(a, int(i), int(i))
            found.append(one)
    return found


def _cut_in(states: DriveStates, rel: Relations, k: int, a: Track, i: int, t0: int) -> Event:
    lost = np.flatnonzero(rel.lead[t0 : t0 + 5 * RATE_HZ] != k)
    lost = lost[lost > 2 * RATE_HZ]
    end = t0 + (int(lost[0]) if len(lost) else 5 * RATE_HZ)
    gap, closing, v = rel.gap_m[k][i], rel.closing_mps[k][i], states.ego.speed_mps[t0]
    ttc = gap / closing if closing > 0.1 else np.inf
    return event(
        "cut_in", a.number, t0, min(end, a.last, len(states.t_s)),
        gap_m=gap, closing_speed_mps=closing, ttc_s=ttc, thw_s=gap / v if v > 1.0 else np.inf, ego_speed_mps=v,
        lateral_speed_mps=abs(a.vd[i]), severity=severity(gap, closing, v),
        side="left" if a.d[i] > states.ego.d[t0] else "right",
    )  # fmt: skip


def severity(gap_m: float, closing_mps: float, ego_mps: float) -> str:
    """Band of a cut-in at the moment of intrusion (UN R157 boundary, 2 s, 1 s headway)."""
    if closing_mps > 0.1:
        ttc = gap_m / closing_mps
        if ttc <= closing_mps / 12.0 + 0.35:
            return "regulatory_unavoidable"
        if ttc < 2.0:
            return "critical"
    return "close" if ego_mps > 1.0 and gap_m / ego_mps < 1.0 else "benign"


def cut_outs(states: DriveStates, rel: Relations) -> list[Event]:
    """The lead leaves the ego lane and a slower vehicle within 100 m is then the lead."""
    found = []
    for k, a in enumerate(states.actors):
        if a.direction != 1 or a.kind == "pedestrian":
            continue
        for i in np.flatnonzero(rel.is_in_lane[k][:-1] & ~rel.is_in_lane[k][1:]) + 1:
            t0 = a.first + int(i)
            if t0 >= len(rel.lane) or rel.lane[t0] != rel.lane[t0 - 1] or rel.lead[t0 - 1] != k:
                continue
            # it began to leave when its outer edge was 0.30 m over the mark on the far side
            reach = _overhang(states, a, rel)
            inside = np.flatnonzero(reach[:i] <= INTRUSION_M)
            start = int(inside[-1]) + 1 if len(inside) else 0
            revealed = int(rel.lead[t0])
            if revealed < 0:
                continue
            other = states.actors[revealed]
            j = other.at(t0)
            if j is None or rel.gap_m[revealed][j] > 100.0 or rel.closing_mps[revealed][j] <= 0.5:
                continue
            v = states.ego.speed_mps[t0]
            is_critical = v > 1.0 and rel.gap_m[revealed][j] / v < 2.0
            one = event(
                "cut_out", a.number, a.first + start, t0,
                severity="critical" if is_critical else "benign", revealed_number=float(other.number),
                revealed_gap_m=rel.gap_m[revealed][j], revealed_closing_speed_mps=rel.closing_mps[revealed][j],
                revealed_thw_s=rel.gap_m[revealed][j] / v if v > 1.0 else np.inf,
            )  # fmt: skip
            one.is_ignored = is_across(a, start, int(i))
            found.append(one)
    return found


def _overhang(states: DriveStates, a: Track, rel: Relations) -> NDArray[np.float64]:
    """How far the outer side of an actor is beyond the marks of the ego lane [m], negative inside."""
    right = rel.lane[a.first : a.last] * states.road.lane_width_m
    _, half_across = half_extents(states.road, a)
    return np.maximum(a.d + half_across - right - states.road.lane_width_m, right - (a.d - half_across))
