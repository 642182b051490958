"""Truth of people on foot: emerging from behind something, crossing at a crosswalk, crossing elsewhere."""

import numpy as np
from numpy.typing import NDArray

from fleet.occlusion import visible_share
from fleet.relations import boxes_in_ego_frame, runs
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.true_event import MERGE, Event, event

Array = NDArray[np.float64]
WALKING_MPS = 0.5
NEAR_M = 50.0
ASIDE_M = 4.0  # beside the ego: where an emerging pedestrian still matters
CLEAR_OF_CROSSWALK_M = 1.0
HIDDEN_SHARE = 0.4  # nuScenes visibility bin 1
STEP = RATE_HZ // 20
CROSSWALK_EDGE_M = 0.2  # the polygon of the map is a little wider than the road


def walker_events(states: DriveStates) -> list[Event]:
    """Events of every pedestrian that moves across the road. Without a map nobody can say what a crossing is."""
    found = []
    for a in states.actors:
        if a.kind != "pedestrian" or not np.any(np.abs(a.vd) >= WALKING_MPS):
            continue
        x, y = _in_ego_frame(states, a)
        found += _emerging(states, a, x)
        if states.setting.has_map:
            found += _on_foot(states, a, x, y)
    return found


def _in_ego_frame(states: DriveStates, a: Track) -> tuple[Array, Array]:
    ego, part = states.ego, slice(a.first, a.last)
    dx, dy = a.x_map_m - ego.x_map_m[part], a.y_map_m - ego.y_map_m[part]
    c, s = np.cos(ego.yaw_map_rad[part]), np.sin(ego.yaw_map_rad[part])
    return c * dx + s * dy, -s * dx + c * dy


def _emerging(states: DriveStates, a: Track, x: Array) -> list[Event]:
    """Hidden (visibility <= 40 %) for 0.5 s or more, within 0.5 s of it visible, near and walking to the ego's path;
    once each."""
    ahead = x - states.ego.front_m
    at = np.flatnonzero((ahead > 0.0) & (ahead < NEAR_M + 15.0))[::STEP]
    share = np.ones(len(at))
    for n, i in enumerate(at):
        boxes, numbers = boxes_in_ego_frame(states, a.first + int(i))
        share[n] = visible_share(*boxes.T[:5], states.ego.front_m - 1.5)[numbers.index(a.number)]
    num_hidden = RATE_HZ // 2 // STEP
    hidden = np.convolve(share <= HIDDEN_SHARE, np.ones(num_hidden), "full")[: len(share)] >= num_hidden
    was_hidden = np.convolve(hidden, np.ones(num_hidden), "full")[: len(share)] > 0
    aside = a.d[at] - np.interp(a.s[at], states.ego.s, states.ego.d)  # from the way of the ego, which may bend
    coming = -np.sign(aside) * a.vd[at] >= WALKING_MPS
    near = (np.abs(aside) <= states.ego.width_m / 2 + ASIDE_M) & (ahead[at] < NEAR_M)
    for n in range(1, len(at)):
        if was_hidden[n - 1] and share[n] > HIDDEN_SHARE and coming[n] and near[n]:
            i = int(at[n])
            v = float(states.ego.speed_mps[a.first + i])
            ttc = float(ahead[i]) / v if v > 0.1 else np.inf
            end = min(a.first + i + 3 * RATE_HZ, a.last)
            return [
                event(
                    "occluded_ped_emerging", a.number, a.first + i, end, ttc_first_visible_s=ttc,
                    severity="critical" if ttc < 1.5 else "close" if ttc < 3.0 else "benign",
                )
            ]  # fmt: skip
    return []


def _on_foot(states: DriveStates, a: Track, x: Array, y: Array) -> list[Event]:
    """jaywalking: on the road, over 1 m from every crosswalk; ped_crossing: inside one and across the ego's path."""
    edge = states.road.carriageway_m
    is_near = (a.speed_mps >= WALKING_MPS) & (np.hypot(x, y) < NEAR_M)
    away = np.full(len(a.s), np.inf)
    for low, high in states.crosswalks:
        along = np.maximum(np.maximum(low - a.s, a.s - high), 0.0)
        across = np.maximum(np.maximum(-CROSSWALK_EDGE_M - a.d, a.d - edge - CROSSWALK_EDGE_M), 0.0)
        away = np.minimum(away, np.hypot(along, across))
    is_on_road = (a.d > 0.0) & (a.d < edge)
    found = [
        event("jaywalking", a.number, a.first + i, a.first + j, speed_mps=a.speed_mps[i], distance_m=np.hypot(x, y)[i])
        for i, j in runs(is_near & is_on_road & (away > CLEAR_OF_CROSSWALK_M), MERGE, RATE_HZ // 2)
    ]
    side = np.sign(a.d - np.interp(a.s, states.ego.s, states.ego.d))
    for i, j in runs(is_near & (away <= 0.0), MERGE, RATE_HZ // 2):
        if x[i] > 0.0 and np.any(side[i:j] != side[i]):
            found.append(event("ped_crossing", a.number, a.first + i, a.first + j, distance_m=x[i]))
    return found
