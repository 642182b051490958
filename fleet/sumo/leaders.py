"""Who is next ahead on the lane of a SUMO vehicle: by SUMO's lanes, and by its body where it turns off them."""

from collections.abc import Iterable, Mapping

import numpy as np

from fleet.sumo.lanes import Lanes
from fleet.sumo.motion import Body
from fleet.sumo.run import RANGE_M

_TURNS_OFF = 100  # tenths of a second: who waits in a turn for longer with its rear on the lane is not looked for


def leader(lanes: Lanes, bodies: Mapping[str, Body], ego: Body, tick: int) -> tuple[str, float] | None:
    """(vehicle, gap [m]) next ahead on the ego's lane and those that follow it; None where there is none in range.

    Who turns off at a junction is on the lane until its rear is, as a body is for the definitions.
    """
    i = ego.at(tick)
    if i is None:
        return None
    best = None
    route = {lanes.by_id[name].edge for name in ego.lane}
    at_m = {}
    length = -float(ego.pos_m[i])
    for name in lanes.chain(ego.lane[i], route, float(ego.pos_m[i]) + RANGE_M):
        at_m[name] = length
        length += lanes.by_id[name].length_m
    for body in bodies.values():
        j = body.at(tick)
        ahead = None if j is None or body.name == ego.name else _ahead_m(lanes, body, j, at_m)
        if ahead is not None and ahead > 0.0 and (best is None or ahead - body.kind.length_m < best[1]):
            best = (body.name, ahead - body.kind.length_m)
    return best


def _ahead_m(lanes: Lanes, body: Body, j: int, at_m: dict[str, float]) -> float | None:
    """Front bumper along lanes that start at `at_m` [m]; None: not on them, nor is the rear of who turns off them."""
    if body.lane[j] in at_m:
        return at_m[body.lane[j]] + float(body.pos_m[j])
    for k in range(j - 1, max(j - _TURNS_OFF, 0) - 1, -1):
        if body.lane[k] in at_m:
            # the body of who changes lanes goes over as a whole, it is in the new one
            if _edge(body.lane[k]) == _edge(body.lane[j]):
                return None
            is_on = _rear_beside_m(lanes, body, j, at_m) < lanes.by_id[body.lane[k]].width_m / 2
            return at_m[body.lane[k]] + float(body.pos_m[k] + 0.1 * body.speed_mps[k:j].sum()) if is_on else None
    return None


def _rear_beside_m(lanes: Lanes, body: Body, j: int, names: Iterable[str]) -> float:
    """Distance of the middle of the rear bumper from the centre lines of lanes [m]."""
    line = np.concatenate([lanes.by_id[name].line_m for name in names])
    x_m, y_m = (float(c[j]) for c in body.point_m(body.kind.length_m))
    step = np.diff(line, axis=0)
    length2 = np.maximum((step**2).sum(axis=1), 1e-9)
    away = np.array([x_m, y_m]) - line[:-1]
    along = np.clip((away * step).sum(axis=1) / length2, 0.0, 1.0)
    return float(np.hypot(*(away - along[:, None] * step).T).min())


def _edge(lane_id: str) -> str:
    return lane_id.rpartition("_")[0]
