"""Truth of lane changes: the ego's and everybody's, emergency ones, and leads that swerve without changing lane."""

import itertools

import numpy as np
from numpy.typing import NDArray

from fleet.relations import Relations, is_across
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.true_event import Event, event

Array = NDArray[np.float64]
MOVING_MPS = 0.1  # sideways, the RefAV rule in the frame of the lane
SEEN_M = 60.0  # lane marks are seen 55 to 80 m far
START_TOLERANCE_S = 2.5  # a lane change may be dated by its onset or by the crossing of the mark
SWERVE_M, SWERVE_S, BACK_M = 0.5, 6.0, 0.25


def lane_changes(states: DriveStates, rel: Relations) -> list[Event]:
    """The reference point of the ego or a vehicle crosses a mark into the next lane and stays there for half a second.

    The event lasts while it moves sideways at 0.1 m/s or more around the crossing.
    """
    found = []
    width, ego = states.road.lane_width_m, states.ego
    for a in (ego, *_vehicles(states)):
        lane = (a.d // width).astype(np.int64)
        for i in np.flatnonzero(np.diff(lane)) + 1:
            settled = lane[i : i + RATE_HZ // 2]
            crossed = lane[i] - lane[i - 1]
            if abs(crossed) != 1 or abs(a.vd[i]) < MOVING_MPS or np.any(settled != lane[i]):
                continue
            if not 0 <= min(lane[i], lane[i - 1]) <= max(lane[i], lane[i - 1]) < states.road.num_lanes:
                continue
            before = np.flatnonzero(crossed * a.vd[:i] < MOVING_MPS)
            start, end = int(before[-1]) + 1 if len(before) else 0, _settled(a, int(i))
            at = a.first + int(i)
            distance = abs(a.s[i] - ego.s[at])
            one = event(
                "lane_change", a.number or None, a.first + start, a.first + end,
                crossing_s=at / RATE_HZ, side="left" if crossed > 0 else "right", distance_m=distance,
                duration_s=(end - start) / RATE_HZ, lateral_speed_mps=abs(a.vd[i]),
                from_lane=float(lane[i - 1] - rel.lane[at]), to_lane=float(lane[i] - rel.lane[at]),
            )  # fmt: skip
            one.tolerance_s = START_TOLERANCE_S
            one.is_ignored = bool(distance > SEEN_M) or _is_undecided(a, start, int(i))
            found.append(one)
    return found


def _settled(a: Track, i: int) -> int:
    """The sample at which a vehicle that crosses a mark at its sample i moves sideways no more."""
    after = np.flatnonzero(np.sign(a.vd[i]) * a.vd[i:] < MOVING_MPS)
    return i + int(after[0]) if len(after) else len(a.d)


def _is_undecided(a: Track, start: int, i: int) -> bool:
    """Once more than 45 degrees across, by the definition no lane change; or gone half a second after the mark."""
    return is_across(a, start, _settled(a, i)) or len(a.d) - i < RATE_HZ // 2


def swerving_leads(states: DriveStates, rel: Relations) -> list[Event]:
    """The lead moves sideways by 0.5 m or more and back to within 0.25 m in 6 s, its centre never leaving the lane."""
    found = []
    width = states.road.lane_width_m
    for k, a in enumerate(states.actors):
        if a not in _vehicles(states) or not np.any(rel.lead == k):
            continue
        turns = np.flatnonzero(np.diff(np.sign(np.where(np.abs(a.vd) < 0.25, 0.0, a.vd))))
        edges = [0, *(int(i) + 1 for i in turns), len(a.d)]
        pieces = [(i, j) for i, j in itertools.pairwise(edges) if abs(a.vd[(i + j) // 2]) >= 0.25]
        swings: list[tuple[int, int, float]] = []
        for (i, j), (m, n) in itertools.pairwise(pieces):
            out, back, lane = a.d[j - 1] - a.d[i], a.d[n - 1] - a.d[m], a.d[i:n] // width
            is_swerve = out * back < 0.0 and min(abs(out), abs(back)) >= SWERVE_M and n - i <= SWERVE_S * RATE_HZ
            is_back = abs(a.d[n - 1] - a.d[i]) <= BACK_M and bool(np.all(lane == lane[0]))
            if is_swerve and is_back and (rel.lead[a.first + i : a.first + n] == k).mean() > 0.8:
                swings.append((i, n, abs(out)))
        for start, end, offset in _chains(swings):
            found.append(event("swerving_lead", a.number, a.first + start, a.first + end, offset_m=offset))
    return found


def _chains(swings: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Swings (start, end, offset) that share a part are one."""
    found: list[tuple[int, int, float]] = []
    for start, end, offset in swings:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], end, max(found[-1][2], offset))
        else:
            found.append((start, end, offset))
    return found


def _vehicles(states: DriveStates) -> list[Track]:
    """Who drives on the ego's carriageway."""
    return [a for a in states.actors if a.kind != "pedestrian" and a.direction == 1 and np.abs(a.vd).max() > 0.3]


def emergency_lane_changes(states: DriveStates) -> list[Event]:
    """A mark is crossed within 2 s of the onset, fast sideways, and at the onset something ahead forced it."""
    found = []
    width = states.road.lane_width_m
    for a in (states.ego, *(x for x in states.actors if x.kind != "pedestrian" and np.abs(x.vd).max() > 0.3)):
        lane = (a.d // width).astype(np.int64)
        a_lateral = np.gradient(a.vd) * RATE_HZ
        jerk_lateral = _mean_jerk(a_lateral)
        for i in np.flatnonzero(np.diff(lane)) + 1:
            sideways = np.sign(a.vd[i])
            mark = max(lane[i], lane[i - 1]) * width
            edge = a.d + sideways * a.width_m / 2
            before = np.flatnonzero(sideways * (edge[:i] - mark) < 0.0)
            crossing = int(before[-1]) + 1 if len(before) else 0
            calm = np.flatnonzero(sideways * a.vd[:crossing] < 0.1)
            onset = int(calm[-1]) + 1 if len(calm) else 0
            if crossing - onset > 2 * RATE_HZ:
                continue
            part = slice(onset, int(i) + 1)
            peak_a, peak_jerk = np.abs(a_lateral[part]).max(), np.abs(jerk_lateral[part]).max()
            ttc, required = _pressure(states, a, onset)
            if (peak_a >= 3.0 or peak_jerk >= 5.0) and (ttc < 2.5 or required <= -3.4):
                one = event(
                    "emergency_lane_change", a.number or None, a.first + onset, a.first + int(i),
                    peak_lateral_acceleration_mps2=peak_a, peak_lateral_jerk_mps3=peak_jerk,
                    ttc_at_onset_s=ttc, required_deceleration_mps2=required,
                )  # fmt: skip
                one.is_ignored = _is_undecided(a, onset, int(i))
                found.append(one)
    return found


def _mean_jerk(acceleration: Array) -> Array:
    """Jerk [m/s3] as the mean over half a second around each sample, as UN R79 measures it."""
    half = RATE_HZ // 4
    padded = np.pad(acceleration, half, mode="edge")
    return (padded[2 * half :] - padded[: -2 * half]) / 0.5


def _pressure(states: DriveStates, me: Track, i: int) -> tuple[float, float]:
    """TTC [s] and required acceleration [m/s2, <= 0] of a road user to what is ahead in its lane at its sample i."""
    sample = me.first + i
    ttc, required = np.inf, 0.0
    for other in (states.ego, *states.actors):
        j = other.at(sample)
        if other is me or j is None or other.s[j] <= me.s[i]:
            continue
        if abs(other.d[j] - me.d[i]) > (other.width_m + me.width_m) / 2:
            continue
        gap = max(other.s[j] - other.rear_m - me.s[i] - me.front_m, 0.1)
        closing = me.vs[i] - other.vs[j]
        if closing > 0.1:
            ttc = min(ttc, gap / closing)
            required = min(required, min(float(other.a_s[j]), 0.0) - closing**2 / (2.0 * gap))
    return ttc, required
