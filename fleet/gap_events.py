"""Truth of the gap ahead: near misses, hard braking leads, tailgating, following, blocked lanes, encounters."""

import numpy as np
from numpy.typing import NDArray

from fleet.ego_events import STANDING_MPS, in_range
from fleet.relations import Relations, half_extents, runs
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.true_event import MERGE, Event, event

Array = NDArray[np.float64]
G_MPS2 = 9.80665
CRITICAL_TTC_S, CRITICAL_DRAC_MPS2, CRITICAL_PET_S = 1.5, 3.4, 1.5
ENCOUNTER_TTC_S, ENCOUNTER_MIN_TTC_S = 5.0, 3.0
BLOCKED_M, BLOCKED_EGO_MPS, FOLLOWING_M = 100.0, 2.0, 25.0


def near_misses(states: DriveStates, rel: Relations) -> list[Event]:
    """TTC < 1.5 s or DRAC > 3.4 m/s2 to a road user in the way for 0.2 s, the ego above 3 m/s; or somebody
    in the ego's way who crosses it with a PET below 1.5 s.

    near_crash where the ego answers within 2 s (0.5 g braking or 0.4 g sideways), else proximity_conflict.
    """
    evasive = (states.ax_ego_mps2 <= -0.5 * G_MPS2) | (np.abs(states.ay_ego_mps2) >= 0.4 * G_MPS2)
    found = []
    for k, a in enumerate(states.actors):
        gap, ttc, drac = _conflict(states, rel, k)
        is_fast = states.ego.speed_mps[a.first : a.last] >= 3.0
        is_passed = _close_passing(states, k)
        is_critical = (ttc < CRITICAL_TTC_S) | (drac > CRITICAL_DRAC_MPS2) | is_passed
        for i, j in runs(is_critical & is_fast, MERGE, RATE_HZ // 5):
            around = slice(max(a.first + i - 2 * RATE_HZ, 0), a.first + j + 2 * RATE_HZ)
            found.append(
                event(
                    "near_miss", a.number, a.first + i, a.first + j,
                    min_ttc_s=ttc[i:j].min(), max_drac_mps2=drac[i:j].max(), min_gap_m=gap[i:j].min(),
                    peak_deceleration_mps2=-states.ax_ego_mps2[a.first + i : a.first + j].min(),
                    severity="near_crash" if evasive[around].any() else "proximity_conflict",
                )
            )  # fmt: skip
    return found


def _close_passing(states: DriveStates, k: int) -> NDArray[np.bool_]:
    """Where actor k walks across the way of the ego with a post-encroachment time below 1.5 s, (n,).

    The conflict area is what the ego sweeps of the stretch of road that the pedestrian covers.
    """
    ego, a = states.ego, states.actors[k]
    found = np.zeros(len(a.s), dtype=bool)
    if a.kind != "pedestrian":
        return found
    half_m, number = a.length_m / 2, np.arange(len(ego.s))
    swept_d = np.interp(a.s, ego.s, ego.d)
    is_reached = (ego.s[0] + ego.front_m < a.s - half_m) & (ego.s[-1] - ego.rear_m > a.s + half_m)
    in_way = is_reached & _is_swept(states, a)
    for i, j in runs(in_way, 0, 1):
        if i == 0 or j == len(a.s) or np.sign((a.d - swept_d)[i - 1]) == np.sign((a.d - swept_d)[j]):
            continue  # not seen to come and go, or turned back
        entry = np.interp(a.s[i:j].min() - half_m - ego.front_m, ego.s, number)
        leave = np.interp(a.s[i:j].max() + half_m + ego.rear_m, ego.s, number)
        pet_s = max(entry - (a.first + j), a.first + i - leave) / RATE_HZ
        found[i:j] = 0.0 < pet_s < CRITICAL_PET_S
    return found


def encounters(states: DriveStates, rel: Relations) -> list[Event]:
    """Each time the TTC to a road user in the way falls below 5 s, and to 3 s or less: how small it was."""
    found = []
    for k, a in enumerate(states.actors):
        gap, ttc, _ = _conflict(states, rel, k)
        for i, j in runs(ttc <= ENCOUNTER_TTC_S, MERGE, RATE_HZ // 2):
            if ttc[i:j].min() <= ENCOUNTER_MIN_TTC_S:
                at = i + int(np.argmin(ttc[i:j]))
                found.append(
                    event(
                        "encounter", a.number, a.first + i, a.first + j,
                        min_ttc_s=ttc[at], gap_at_min_m=gap[at], closing_at_min_mps=rel.closing_mps[k][at],
                    )
                )  # fmt: skip
    return found


def _conflict(states: DriveStates, rel: Relations, k: int) -> tuple[Array, Array, Array]:
    """Gap [m], TTC [s] and DRAC [m/s2] to one actor over its life; inf and 0 where it is not in the way and closed on.

    In the way: in what the ego sweeps, now or when it gets there; what drives, also over the mark of the ego lane.
    """
    gap, closing, a = rel.gap_m[k], rel.closing_mps[k], states.actors[k]
    is_met = _is_swept(states, a)
    if a.kind != "pedestrian":  # who walks needs no lane, and may stand in it beside the car
        is_met |= rel.is_in_lane[k]
    is_ahead = is_met & (gap > 0.0) & (closing > 0.1) & (a.direction == 1)
    ttc = np.divide(gap, closing, out=np.full(len(gap), np.inf), where=is_ahead)
    return gap, ttc, np.divide(closing**2, 2.0 * gap, out=np.zeros(len(gap)), where=is_ahead)


def _is_swept(states: DriveStates, a: Track) -> NDArray[np.bool_]:
    """Where an actor reaches into what the ego covers when it is there, (n,)."""
    _, half_across = half_extents(states.road, a)
    return np.abs(a.d - np.interp(a.s, states.ego.s, states.ego.d)) < states.ego.width_m / 2 + half_across


def lead_events(states: DriveStates, rel: Relations) -> list[Event]:
    """lead_hard_brake, tailgating, following and blocked_lane: what the lead of each moment does to the ego."""
    found = []
    for k, a in enumerate(states.actors):
        if a.kind == "pedestrian" or not np.any(rel.lead == k):
            continue
        part = slice(a.first, a.last)
        is_lead, v = rel.lead[part] == k, states.ego.speed_mps[part]
        gap, closing = rel.gap_m[k], rel.closing_mps[k]
        thw = np.divide(gap, v, out=np.full(len(gap), np.inf), where=v > 1.0)
        for i, j in runs(is_lead & (a.a_s < -5.0) & (thw < 2.0), MERGE, RATE_HZ * 3 // 10):
            found.append(_lead_brake(a.number, a.first, slice(i, j), (thw, gap, closing), a.a_s))
        for i, j in runs(is_lead & (thw < 1.0) & (v > 15.0) & (np.abs(closing) < 2.0), MERGE, 3 * RATE_HZ):
            least = thw[i:j].min()
            band = "severe" if least < 0.4 else "fineable" if least < 0.9 else "close"
            found.append(event("tailgating", a.number, a.first + i, a.first + j, min_thw_s=least, severity=band))
        is_close = a.s - states.ego.s[part] <= FOLLOWING_M + a.length_m / 2
        for i, j in runs(is_lead & is_close & (v > 1.0), MERGE, RATE_HZ):
            found.append(event("following", a.number, a.first + i, a.first + j, min_thw_s=thw[i:j].min()))
        is_seen = in_range(states, a)
        never_moved = is_seen & (np.maximum.accumulate(np.where(is_seen, np.abs(a.vs), 0.0)) < STANDING_MPS)
        for i, j in runs(is_lead & never_moved & (gap <= BLOCKED_M), MERGE, RATE_HZ):
            if v[i:j].max() > BLOCKED_EGO_MPS:
                found.append(
                    event("blocked_lane", a.number, a.first + i, a.first + j, gap_m=gap[i], ego_speed_mps=v[i])
                )
    return found


def _lead_brake(number: int, first: int, part: slice, series: tuple[Array, Array, Array], a_lead: Array) -> Event:
    """One hard brake of a lead; band by the deceleration that it asks of the ego while it keeps its own."""
    thw, gap, closing = (values[part] for values in series)
    required = np.minimum(a_lead[part] - np.maximum(closing, 0.0) ** 2 / (2.0 * np.maximum(gap, 0.1)), 0.0).min()
    by_collision = -(np.maximum(closing, 0.0) ** 2 / (2.0 * np.maximum(gap, 0.1))).max()
    return event(
        "lead_hard_brake", number, first + part.start, first + part.stop,
        min_thw_s=thw.min(), gap_m=gap[0], peak_lead_deceleration_mps2=-a_lead[part].min(),
        required_acceleration_mps2=required, required_by_closing_mps2=by_collision,
    )  # fmt: skip
