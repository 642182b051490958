"""An event as ASAM OpenSCENARIO XML 1.3: who was there, and where everybody drove, ready to be replayed and varied.

https://www.asam.net/standards/detail/openscenario-xml/
"""

from datetime import UTC, datetime
from math import cos, hypot, sin
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

from longtail.event_files.openscenario_entities import EGO, ego_entity, entity, reference_shift
from longtail.event_files.window import NS, Row, Window, speed_mps, window
from longtail.statement import QueryError

SPEED_FACTOR = "EgoSpeedFactor"
"""Parameter: 1 replays the ego as driven, 1.1 lets it drive the same path a tenth faster."""
NEAR_M = 60.0
"""Objects that never come closer to the ego than this are left out, the actor never: our choice."""
Point = tuple[float, float, float, float]
"""Time in s from the start of the scenario; x and y in m and heading in rad, fixed local frame."""


def write(event_id: str, out: Path, margin_s: float = 2.0) -> Path:
    """Write an event with `margin_s` before and after to `out`, which appears when it is whole.

    Raises:
        QueryError: no such event, or a drive without poses: OpenSCENARIO places everybody in a fixed frame.
    """
    tree = Xml.ElementTree(document(window(event_id, margin_s)))
    Xml.indent(tree)
    part = out.with_name(f".{out.name}.part")
    try:
        tree.write(part, encoding="utf-8", xml_declaration=True)
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    return out


def document(shown: Window) -> Xml.Element:
    """The OpenSCENARIO element. Time 0 is the first instant with a pose; no road is named, positions are absolute."""
    ego = [row for row in shown.ego if row["x_map_m"] is not None and row["yaw_map_rad"] is not None]
    if len(ego) < 2:
        raise QueryError(f"drive {shown.event['drive_id']} has no poses, and OpenSCENARIO places everybody in a map")
    origin_ns, length_s = ego[0]["t_ns"], (ego[-1]["t_ns"] - ego[0]["t_ns"]) / NS
    root = Xml.Element("OpenSCENARIO")
    _header(root, shown)
    declared = Xml.SubElement(root, "ParameterDeclarations")
    Xml.SubElement(declared, "ParameterDeclaration", name=SPEED_FACTOR, parameterType="double", value="1.0")
    Xml.SubElement(root, "CatalogLocations")
    Xml.SubElement(root, "RoadNetwork")
    entities = Xml.SubElement(root, "Entities")
    board = Xml.SubElement(root, "Storyboard")
    init = Xml.SubElement(Xml.SubElement(board, "Init"), "Actions")
    act = Xml.SubElement(Xml.SubElement(board, "Story", name=shown.event["scenario_id"]), "Act", name="replay")

    entities.append(ego_entity(shown.vehicle))
    path = [((row["t_ns"] - origin_ns) / NS, row["x_map_m"], row["y_map_m"], row["yaw_map_rad"]) for row in ego]
    speed = f"${{{ego[0]['vx_ego_mps'] or 0.0:.3f} * ${SPEED_FACTOR}}}"
    _init(init, EGO, path[0], speed, is_there=True)
    _replay(act, EGO, path, length_s, scale=f"${{1.0 / ${SPEED_FACTOR}}}")
    for number, (track, rows) in enumerate(near(shown).items(), start=1):
        name = "Actor" if track == shown.actor else f"Object{number}"
        points = _points(rows, origin_ns)
        if len(points) < 2:
            continue
        entities.append(entity(name, track, rows[0]))
        start = speed_mps(rows[0])
        _init(init, name, points[0], f"{_slope(points) if start is None else start:.3f}", points[0][0] <= 0.0)
        _replay(act, name, points, length_s)
    _time_trigger(Xml.SubElement(act, "StartTrigger"), "start", 0.0)
    _time_trigger(Xml.SubElement(board, "StopTrigger"), "end", length_s)
    return root


def near(shown: Window) -> dict[str, list[Row]]:
    """The tracks that come within NEAR_M of the ego, and the actor."""
    return {
        track: rows
        for track, rows in shown.tracks().items()
        if track == shown.actor or min(hypot(row["x_ego_m"], row["y_ego_m"]) for row in rows) <= NEAR_M
    }


def _header(root: Xml.Element, shown: Window) -> None:
    # The date is that of the event, not of today: the same event gives the same bytes.
    at = datetime.fromtimestamp(shown.event["t_start_ns"] / NS, UTC)
    header = {"revMajor": "1", "revMinor": "3", "date": f"{at:%Y-%m-%dT%H:%M:%S}", "author": "longtail"}
    told = f"{shown.title} of drive {shown.event['drive_id']}, event {shown.event['event_id']}"
    Xml.SubElement(root, "FileHeader", header | {"description": told})


def _points(rows: list[Row], origin_ns: int) -> list[Point]:
    """Reference points of an object, from time 0 on: behind the middle of the box for what has a rear axle."""
    points = []
    for row in rows:
        t_s = (row["t_ns"] - origin_ns) / NS
        if t_s >= 0 and row["x_map_m"] is not None and row["yaw_map_rad"] is not None:
            back, yaw = reference_shift(row), row["yaw_map_rad"]
            points.append((t_s, row["x_map_m"] - back * cos(yaw), row["y_map_m"] - back * sin(yaw), yaw))
    return points


def _slope(points: list[Point]) -> float:
    """Speed over the first step, m/s."""
    (t0, x0, y0, _), (t1, x1, y1, _) = points[:2]
    return hypot(x1 - x0, y1 - y0) / (t1 - t0)


def _init(actions: Xml.Element, name: str, point: Point, speed: str, is_there: bool) -> None:
    """Where and how fast an entity starts; one that comes later waits unseen where it will appear."""
    private = Xml.SubElement(actions, "Private", entityRef=name)
    _position(Xml.SubElement(Xml.SubElement(private, "PrivateAction"), "TeleportAction"), point)
    dynamics = {"dynamicsShape": "step", "dynamicsDimension": "time", "value": "0.0"}
    longitudinal = Xml.SubElement(Xml.SubElement(private, "PrivateAction"), "LongitudinalAction")
    action = Xml.SubElement(longitudinal, "SpeedAction")
    Xml.SubElement(action, "SpeedActionDynamics", dynamics)
    Xml.SubElement(Xml.SubElement(action, "SpeedActionTarget"), "AbsoluteTargetSpeed", value=speed)
    if not is_there:
        _visibility(private, is_seen=False)


def _replay(act: Xml.Element, name: str, points: list[Point], length_s: float, scale: str = "1.0") -> None:
    group = Xml.SubElement(act, "ManeuverGroup", name=f"{name} group", maximumExecutionCount="1")
    Xml.SubElement(Xml.SubElement(group, "Actors", selectTriggeringEntities="false"), "EntityRef", entityRef=name)
    maneuver = Xml.SubElement(group, "Maneuver", name=f"{name} maneuver")
    first, last = points[0][0], points[-1][0]
    if first > 0:
        _event(maneuver, f"{name} appears", first, is_seen=True)
    event = Xml.SubElement(maneuver, "Event", name=f"{name} drives", priority="parallel", maximumExecutionCount="1")
    private = Xml.SubElement(Xml.SubElement(event, "Action", name=f"{name} path"), "PrivateAction")
    follow = Xml.SubElement(Xml.SubElement(private, "RoutingAction"), "FollowTrajectoryAction")
    trajectory = Xml.SubElement(
        Xml.SubElement(follow, "TrajectoryRef"), "Trajectory", name=f"{name} trajectory", closed="false"
    )
    line = Xml.SubElement(Xml.SubElement(trajectory, "Shape"), "Polyline")
    for point in points:
        _position(Xml.SubElement(line, "Vertex", time=f"{point[0]:.3f}"), point)
    timing = {"domainAbsoluteRelative": "absolute", "scale": scale, "offset": "0.0"}
    Xml.SubElement(Xml.SubElement(follow, "TimeReference"), "Timing", timing)
    Xml.SubElement(follow, "TrajectoryFollowingMode", followingMode="position")
    _time_trigger(Xml.SubElement(event, "StartTrigger"), f"{name} starts", first)
    if last < length_s:
        _event(maneuver, f"{name} leaves", last, is_seen=False)


def _event(maneuver: Xml.Element, name: str, t_s: float, is_seen: bool) -> None:
    event = Xml.SubElement(maneuver, "Event", name=name, priority="parallel", maximumExecutionCount="1")
    _visibility(Xml.SubElement(event, "Action", name=f"{name} action"), is_seen)
    _time_trigger(Xml.SubElement(event, "StartTrigger"), f"{name} time", t_s)


def _visibility(parent: Xml.Element, is_seen: bool) -> None:
    seen: dict[str, Any] = dict.fromkeys(("graphics", "traffic", "sensors"), "true" if is_seen else "false")
    Xml.SubElement(Xml.SubElement(parent, "PrivateAction"), "VisibilityAction", seen)


def _position(parent: Xml.Element, point: Point) -> None:
    _, x, y, heading = point
    place = {"x": f"{x:.4f}", "y": f"{y:.4f}", "z": "0.0", "h": f"{heading:.6f}"}
    Xml.SubElement(Xml.SubElement(parent, "Position"), "WorldPosition", place)


def _time_trigger(trigger: Xml.Element, name: str, t_s: float) -> None:
    group = Xml.SubElement(trigger, "ConditionGroup")
    condition = Xml.SubElement(group, "Condition", name=name, delay="0.0", conditionEdge="none")
    by_value = Xml.SubElement(condition, "ByValueCondition")
    Xml.SubElement(by_value, "SimulationTimeCondition", value=f"{t_s:.3f}", rule="greaterOrEqual")
