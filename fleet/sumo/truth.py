"""The truth of a SUMO drive, from SUMO's own outputs: lane changes, cut-ins and the TTC of its SSM device."""

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fleet.sumo.lanes import Lanes
from fleet.sumo.leaders import leader
from fleet.sumo.motion import LANE_CHANGE_S, Body, side_m
from fleet.sumo.recording import START_NS, stamps_ns
from fleet.sumo.run import MAX_TTC_S, RANGE_M, LaneChange, Run

INTRUSION_M = 0.30  # UN R157: an outer edge this far over the mark is in the lane
EDGE_S = 5.0  # at both ends of a drive definitions lack what was before or comes after
SETTLED_S = 2.4
MARKED_M = 60.0  # lane changes farther away are at the end of the lane marks that the recording has
SEEN_M = 80.0  # gaps above are beyond the lane marks that the recording has
_LEADS, _STAYS = 20, 13  # tenths of a second: leader within two seconds, and then for more than one
_TOLERANCE_S, _SLOW_TOLERANCE_S = 1.5, 6.0
_ENCOUNTER_GAP_S = 1.0
_SAME_WAY_RAD = 0.1
_ACROSS_RAD = math.pi / 4

EVENTS = pa.schema(
    [
        ("scenario_id", pa.string()), ("actor_track_id", pa.string()), ("t_start_ns", pa.int64()),
        ("t_end_ns", pa.int64()), ("tolerance_s", pa.float64()), ("is_ignored", pa.bool_()),
        ("gap_m", pa.float64()), ("min_ttc_s", pa.float64()),
    ]
)  # fmt: skip
WINDOWS = pa.schema([("scenario_id", pa.string()), ("t_start_ns", pa.int64()), ("t_end_ns", pa.int64())])
# At a junction there are no lanes to change: SUMO says nothing about what crosses which mark there.
SCENARIOS = {"motorway": ("cut_in", "lane_change", "encounter"), "streets": ("cut_in", "encounter")}


@dataclass(frozen=True)
class Traffic:
    """A run as the truth needs it: the run, its bodies, its lanes and the lane changes of each vehicle."""

    run: Run
    bodies: dict[str, Body]
    lanes: Lanes
    changes: dict[str, list[LaneChange]]
    lane_width_m: float
    network: str


def traffic(run: Run, bodies: dict[str, Body], lanes: Lanes, lane_width_m: float, network: str) -> Traffic:
    """Group the lane changes by vehicle."""
    changes: dict[str, list[LaneChange]] = defaultdict(list)
    for change in run.lane_changes:
        changes[change.vehicle].append(change)
    return Traffic(run, bodies, lanes, dict(changes), lane_width_m, network)


def write_truth(world: Traffic, ego: Body, folder: Path) -> int:
    """Write events.parquet and windows.parquet of one ego; the number of events that count."""
    events = [*_lane_changes(world, ego), *_cut_ins(world, ego), *_encounters(world, ego)]
    stamps = stamps_ns(ego)
    edge_ns = int(EDGE_S * 1e9)
    windows = [
        {"scenario_id": name, "t_start_ns": int(stamps[0]) + edge_ns, "t_end_ns": int(stamps[-1]) - edge_ns}
        for name in SCENARIOS[world.network]
    ]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(events, schema=EVENTS), folder / "events.parquet")
    pq.write_table(pa.Table.from_pylist(windows, schema=WINDOWS), folder / "windows.parquet")
    return sum(not event["is_ignored"] for event in events)


def is_settled(change: LaneChange, changes: list[LaneChange]) -> bool:
    """True when the vehicle changes lanes neither shortly before nor shortly after."""
    return all(other is change or abs(other.time_s - change.time_s) > SETTLED_S for other in changes)


def is_driven(body: Body, change: LaneChange, lane_width_m: float) -> bool:
    """True when the vehicle goes forward faster than sideways: SUMO moves vehicles in a jam over while they stand."""
    tick, half = round(change.time_s * 10) - body.first, round(LANE_CHANGE_S * 5)
    sideways_mps = lane_width_m * math.pi / (2.0 * LANE_CHANGE_S)
    return bool((body.speed_mps[max(tick - half, 0) : tick + half + 1] > sideways_mps).all())


def _event(name: str, actor: str | None, start_s: float, end_s: float, **more: object) -> dict[str, object]:
    start_ns, end_ns = (START_NS + round(at * 1e9) for at in (start_s, end_s))
    return {
        "scenario_id": name, "actor_track_id": actor, "t_start_ns": start_ns, "t_end_ns": end_ns, "is_ignored": False,
        **more,
    }  # fmt: skip


def _lane_changes(world: Traffic, ego: Body) -> list[dict[str, object]]:
    """The ego's and those of the vehicles around it: from the first to the last sideways movement.

    What is taken back or comes in pairs is ignored, and so is what happens farther away than MARKED_M or on a road that
    points another way, where the recording has no marks, and what a standing vehicle does.
    """
    half, found = LANE_CHANGE_S / 2, []
    for name, changes in world.changes.items():
        body = world.bodies.get(name)
        for change in changes if body is not None else ():
            away_m, turn_rad = _relation(world, ego, body, change)
            if away_m > RANGE_M + 20.0:
                continue
            is_clear = is_settled(change, changes) and away_m <= MARKED_M and abs(turn_rad) < _SAME_WAY_RAD
            # a body that hardly rolls follows its front for seconds
            tolerance_s = _TOLERANCE_S if is_driven(body, change, world.lane_width_m) else _SLOW_TOLERANCE_S
            is_ignored = not is_clear or tolerance_s > _TOLERANCE_S
            actor = None if name == ego.name else name
            start_s, end_s = change.time_s - half, change.time_s + half
            found.append(_event("lane_change", actor, start_s, end_s, tolerance_s=tolerance_s, is_ignored=is_ignored))
    return found


def _relation(world: Traffic, ego: Body, body: Body, change: LaneChange) -> tuple[float, float]:
    """Distance of the front bumpers [m] and angle between the lanes of two vehicles [rad]; infinite: not both there."""
    tick = round(change.time_s * 10)
    i, j = ego.at(tick), body.at(tick)
    if i is None or j is None:
        return math.inf, math.inf
    away_m = math.hypot(ego.x_front_m[i] - body.x_front_m[j], ego.y_front_m[i] - body.y_front_m[j])
    lane_rad, other_rad = (one.yaw_rad[k] - one.turned_rad[k] for one, k in ((ego, i), (body, j)))
    return away_m, _turn(lane_rad, other_rad)


def _cut_ins(world: Traffic, ego: Body) -> list[dict[str, object]]:
    """Who comes from the next lane into the ego's, ahead, leads it within two seconds and stays so for a second."""
    found = []
    for name, changes in world.changes.items():
        body = world.bodies.get(name)
        if body is None or name == ego.name:
            continue
        for change in changes:
            event = _cut_in(world, ego, body, change, changes)
            if event is not None:
                found.append(event)
    return found


def _cut_in(
    world: Traffic, ego: Body, body: Body, change: LaneChange, changes: list[LaneChange]
) -> dict[str, object] | None:
    away_m, turn_rad = _relation(world, ego, body, change)
    if away_m > RANGE_M + 20.0:
        return None
    tick, has_settled = round(change.time_s * 10), is_settled(change, changes)
    stays = _STAYS if has_settled else 1
    start_s = change.time_s + _until_inside_s(world, body, change)
    latest = _LEADS - tick + round(start_s * 10)  # two seconds from where it comes in, not from SUMO's instant
    before, *leaders = (leader(world.lanes, world.bodies, ego, tick + k) for k in range(-1, latest + 1 + stays))
    is_leader = [one is not None and one[0] == body.name for one in leaders]
    if not any(all(is_leader[k : k + stays]) for k in range(latest + 1)):
        return None
    if before is not None and before[0] == body.name:
        return None  # it was ahead on the ego's lane already: it is the ego's lane that changed
    gap_m = next(one[1] for one, leads in zip(leaders, is_leader, strict=True) if one is not None and leads)
    ego_moves = any(abs(c.time_s - change.time_s) <= 2 * SETTLED_S for c in world.changes.get(ego.name, ()))
    # around a corner there are no marks, and nobody on board would call it a cut-in
    is_clear = has_settled and not ego_moves and abs(turn_rad) < _SAME_WAY_RAD and 2.0 < gap_m <= SEEN_M
    is_clear = is_clear and is_driven(body, change, world.lane_width_m)
    inside = body.at(round(start_s * 10))  # across the lane is not the same direction
    is_clear = is_clear and inside is not None and abs(body.turned_rad[inside]) < _ACROSS_RAD
    return _event("cut_in", body.name, start_s, start_s + 5.0, is_ignored=not is_clear)


def _until_inside_s(world: Traffic, body: Body, change: LaneChange) -> float:
    """From the change in SUMO (middle on the mark) to the near side 0.30 m beyond it [s]: negative, it comes first."""
    t_s = np.arange(-LANE_CHANGE_S / 2, 0.01, 0.01)
    moved, _ = side_m(t_s, [LaneChange(body.name, 0.0, 1)], world.lane_width_m)
    inside = moved + body.kind.width_m / 2 - world.lane_width_m / 2 > INTRUSION_M
    return float(t_s[int(np.argmax(inside))]) if inside[:-1].any() else 0.0


def _encounters(world: Traffic, ego: Body) -> list[dict[str, object]]:
    """Intervals in which the ego follows with a TTC of at most MAX_TTC_S by SUMO's SSM device, with the smallest.

    SUMO's gap runs along the lane and vehicles have no corners: where the two do not point the same way, in the turns
    of a junction, it is another quantity than the distance of two bodies, and those instants are left out.
    """
    by_foe: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for conflict in world.run.conflicts:
        foe = world.bodies.get(conflict.foe)
        if conflict.ego == ego.name and conflict.ttc_s <= MAX_TTC_S and foe is not None:
            i, j = (body.at(round(conflict.time_s * 10)) for body in (ego, foe))
            if i is not None and j is not None and abs(_turn(ego.yaw_rad[i], foe.yaw_rad[j])) < _SAME_WAY_RAD:
                by_foe[conflict.foe].append((conflict.time_s, conflict.ttc_s))
    found = []
    for name, instants in by_foe.items():
        ordered = sorted(set(instants))
        cuts = [k for k in range(1, len(ordered)) if ordered[k][0] - ordered[k - 1][0] > _ENCOUNTER_GAP_S]
        for a, b in zip([0, *cuts], [*cuts, len(ordered)], strict=True):
            part = ordered[a:b]
            smallest = min(ttc for _, ttc in part)
            found.append(_event("encounter", name, part[0][0], part[-1][0], min_ttc_s=smallest))
    return found


def _turn(one_rad: float, other_rad: float) -> float:
    return float(math.remainder(one_rad - other_rad, math.tau))
