"""What the picture of an event shows: the ego vehicle, the actor and everybody else, around the start of the event."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longtail.event_files.window import vehicle_of
from longtail.query import sql
from longtail.scan import Bounds
from longtail.slices import event as find_event
from longtail.statement import QueryError

BEFORE_S, AFTER_S = 3.0, 2.0  # the shortest window, around t_start
_LONGEST_S = 8.0  # after t_start, when the peak comes late

Array = NDArray[np.float64]

_EGO = """
    select t_ns, s_m, vx_ego_mps, ax_ego_mps2, yaw_rate_radps, speed_limit_mps, lane_left_y_m, lane_right_y_m,
        lane_source
    from silver.ego_motion
    where drive_id = $drive_id and t_ns between $start_ns and $end_ns
    order by t_ns
"""
# Gap, closing speed and time to collision are the ones that the events were found with, not computed anew.
_OBJECTS = """
    select t_ns, track_id, tracks.object_class, tracks.length_m, tracks.width_m, tracks.heading_path_rad as heading_rad,
        related.path_s_rel_m as s_m, related.d_m, related.extent_s_m, related.left_mark_d_m, related.right_mark_d_m,
        related.lane_source, related.gap_m, related.closing_speed_mps, related.ttc_s
    from silver.object_tracks as tracks
    inner join intermediate.int_objects__related as related using (drive_id, role, track_id, t_ns)
    where drive_id = $drive_id and t_ns between $start_ns and $end_ns and related.is_event_role
        and related.path_s_rel_m is not null
    order by t_ns, track_id
"""


@dataclass(frozen=True)
class Scene:
    """Everything the picture needs. `t_s` counts from the start of the event; lengths in m, path frame of the ego.

    `objects` are rows of silver.object_tracks with `t_s`, s_m forward from the ego origin and d_m to the left.
    """

    event: dict[str, Any]
    vehicle: dict[str, float]
    t_s: Array
    ego: dict[str, Array]
    objects: list[dict[str, Any]]

    def at(self, t_s: float) -> list[dict[str, Any]]:
        """The objects at the grid instant nearest to `t_s`."""
        nearest = float(self.t_s[int(np.argmin(np.abs(self.t_s - t_s)))])
        return [row for row in self.objects if abs(row["t_s"] - nearest) < 0.05]

    def ego_at(self, name: str, t_s: float) -> float:
        """One value of the ego at `t_s`, NaN where it is unknown."""
        return float(self.ego[name][int(np.argmin(np.abs(self.t_s - t_s)))])

    def track(self, track_id: str | None) -> list[dict[str, Any]]:
        """The rows of one object in time order; none for an event without an actor."""
        return [row for row in self.objects if row["track_id"] == track_id]

    def course(self, track_id: str | None) -> dict[str, Array]:
        """t_s, s_m, d_m, gap_m (bumper to bumper along the path), closing_speed_mps, ttc_s of one object; NaN: none."""
        rows = self.track(track_id)
        names = ("t_s", "s_m", "d_m", "gap_m", "closing_speed_mps", "ttc_s")
        return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in names}


def scene(event_id: str) -> Scene:
    """The scene of an event of marts.fct_scenario_events, from 3 s before its start to at least 2 s after.

    Raises:
        QueryError: no such event, or its drive is not in silver.
    """
    event = find_event(event_id)
    origin = int(event["t_start_ns"])
    peak_s = (int(event.get("t_peak_ns") or origin) - origin) / 1e9
    # What the ego does alone is shown to its end; an encounter is told by its peak.
    last_s = peak_s if event.get("actor_track_id") else (int(event["t_end_ns"]) - origin) / 1e9
    after_s = min(max(AFTER_S, peak_s + 1.0, last_s + 0.5), _LONGEST_S)
    start_ns, end_ns = origin - round(BEFORE_S * 1e9), origin + round(after_s * 1e9)
    bounds = Bounds(event["drive_id"], "t_ns", start_ns, end_ns)
    values = {"drive_id": event["drive_id"], "start_ns": start_ns, "end_ns": end_ns}
    ego = sql(_EGO, parameters=values, bounds=bounds)
    if ego.num_rows < 2:
        raise QueryError(f"drive {event['drive_id']} has no motion around event {event['event_id']}; ingest it again")
    objects = sql(_OBJECTS, parameters=values, bounds=bounds).to_pylist()
    for row in objects:
        row["t_s"] = (row["t_ns"] - origin) / 1e9
    names = ("s_m", "vx_ego_mps", "ax_ego_mps2", "yaw_rate_radps", "speed_limit_mps", "lane_left_y_m", "lane_right_y_m")
    return Scene(
        event=event,
        vehicle=vehicle_of(event["drive_id"]),
        t_s=(ego["t_ns"].to_numpy() - origin) / 1e9,
        ego={name: np.array(ego[name].to_pylist(), dtype=np.float64) for name in names},
        objects=objects,
    )
