"""What every file of an event is made of: the ego, the objects and the metrics over its interval and a margin."""

from dataclasses import dataclass
from math import hypot
from typing import Any

from longtail.query import sql
from longtail.scan import Bounds
from longtail.slices import event as find_event
from longtail.statement import QueryError

Row = dict[str, Any]
NS = 1_000_000_000
STEP_NS = 100_000_000
"""Step of the grid of silver, ns."""
# Where the vehicle is not declared: a usual car, as the pictures draw it.
_VEHICLE = {
    "length_m": 4.7, "width_m": 1.85, "height_m": 1.5, "wheelbase_m": 2.8,
    "rear_axle_to_front_bumper_m": 3.7, "rear_axle_to_rear_bumper_m": 1.0,
}  # fmt: skip
METRICS = ("gap_m", "closing_speed_mps", "ttc_s", "thw_s", "drac_mps2", "required_acceleration_mps2")
"""Metrics to the actor, or to the lead of the moment: columns of intermediate.int_objects__related."""

_EGO = """
    select t_ns, x_map_m, y_map_m, z_map_m, yaw_map_rad, vx_ego_mps, vy_ego_mps, ax_ego_mps2, ay_ego_mps2,
        jerk_x_ego_mps3, yaw_rate_radps
    from silver.ego_motion where drive_id = $drive_id and t_ns between $start_ns and $end_ns order by t_ns
"""
_ROLE = "select role from intermediate.int_objects__related where drive_id = $drive_id and is_event_role limit 1"
_OBJECTS = """
    select t_ns, track_id, object_class, x_ego_m, y_ego_m, yaw_ego_rad, x_map_m, y_map_m, yaw_map_rad, length_m,
        width_m, height_m, v_s_mps, v_d_mps, visibility_pct, topic
    from silver.object_tracks
    where drive_id = $drive_id and role = $role and t_ns between $start_ns and $end_ns order by t_ns, track_id
"""
_METRICS = f"""
    select t_ns, track_id, is_lead, {", ".join(METRICS)} from intermediate.int_objects__related
    where drive_id = $drive_id and is_event_role and t_ns between $start_ns and $end_ns
        and (track_id = $actor or ($actor is null and is_lead))
    order by t_ns
"""  # noqa: S608 - METRICS are names of ours


@dataclass(frozen=True)
class Window:
    """An event with what was around it on the 10 Hz grid, `start_ns` to `end_ns`, reference clock, ns UTC.

    `ego`: rows of silver.ego_motion. `objects`: rows of silver.object_tracks of the list that the events were found
    in, boxes in the ego frame. `metrics`: by instant, METRICS with the track_id they are about. `vehicle`: dimensions
    of the ego in m. What is unknown is None.
    """

    event: Row
    start_ns: int
    end_ns: int
    ego: list[Row]
    objects: list[Row]
    metrics: dict[int, Row]
    vehicle: dict[str, float]

    @property
    def actor(self) -> str | None:
        """Track id of the actor; None where the event has none."""
        return self.event.get("actor_track_id")

    @property
    def title(self) -> str:
        """For example "cut_in (critical)"."""
        return f"{self.event['scenario_id']} ({self.event['severity']})"

    def phase(self, t_ns: int) -> str:
        """before, event or after."""
        if t_ns < self.event["t_start_ns"]:
            return "before"
        return "event" if t_ns <= self.event["t_end_ns"] else "after"

    def moments(self) -> dict[str, int]:
        """Start, peak and end of the event, ns UTC."""
        return {name: self.event[f"t_{name}_ns"] for name in ("start", "peak", "end") if self.event.get(f"t_{name}_ns")}

    def by_instant(self) -> dict[int, list[Row]]:
        """The objects of each instant of the ego."""
        found: dict[int, list[Row]] = {row["t_ns"]: [] for row in self.ego}
        for row in self.objects:
            found.setdefault(row["t_ns"], []).append(row)
        return found

    def tracks(self) -> dict[str, list[Row]]:
        """The rows of each object in time order, the actor first, then by id."""
        found: dict[str, list[Row]] = {}
        for row in sorted(self.objects, key=lambda row: (row["track_id"] != self.actor, row["track_id"], row["t_ns"])):
            found.setdefault(row["track_id"], []).append(row)
        return found


def window(event_id: str, margin_s: float = 2.0) -> Window:
    """The event (its id, or the first characters of it) with `margin_s` before and after.

    Raises:
        QueryError: no such event, or its drive is not in silver.
    """
    event = find_event(event_id)
    start_ns, end_ns = event["t_start_ns"] - round(margin_s * NS), event["t_end_ns"] + round(margin_s * NS)
    drive = {"drive_id": event["drive_id"]}
    between = {"start_ns": start_ns, "end_ns": end_ns}
    bounds = Bounds(event["drive_id"], "t_ns", start_ns, end_ns + 1)
    ego = sql(_EGO, parameters=drive | between, bounds=bounds).to_pylist()
    if not ego:
        raise QueryError(f"drive {event['drive_id']} has no motion around event {event['event_id']}; ingest it again")
    roles = sql(_ROLE, parameters=drive, bounds=Bounds(event["drive_id"])).column("role").to_pylist()
    objects: list[Row] = []
    if roles:
        objects = sql(_OBJECTS, parameters=drive | between | {"role": roles[0]}, bounds=bounds).to_pylist()
    about = {"actor": event.get("actor_track_id")}
    metrics = sql(_METRICS, parameters=drive | between | about, bounds=bounds).to_pylist()
    by_instant = {row["t_ns"]: row for row in metrics}
    return Window(event, start_ns, end_ns, ego, objects, by_instant, vehicle_of(event["drive_id"]))


def vehicle_of(drive_id: str) -> dict[str, float]:
    """Dimensions of the ego vehicle in m, as declared; a usual car's where they are not."""
    query = f"select {', '.join(_VEHICLE)} from bronze.drives where drive_id = $drive_id"  # noqa: S608 - names of ours
    rows = sql(query, parameters={"drive_id": drive_id}, bounds=Bounds(drive_id)).to_pylist()
    declared = {name: value for row in rows[:1] for name, value in row.items() if value is not None}
    return {**_VEHICLE, **declared}


def speed_mps(row: Row) -> float | None:
    """Speed of an object over ground; None: the track is too short to say."""
    if row["v_s_mps"] is None or row["v_d_mps"] is None:
        return None
    return hypot(row["v_s_mps"], row["v_d_mps"])
