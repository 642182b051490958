"""The truth of a drive, by the definitions of the domain reference, from noise-free states: events and actors.

It is written to a folder of its own. Only the scoring of scenarios may read it.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fleet import ego_events, gap_events, lane_change_events, lane_events, relations, walker_events
from fleet.assist import assist_signals
from fleet.simulate import RATE_HZ, DriveStates
from fleet.true_event import Event
from fleet.vehicles import OBJECT_CLASS

EVENTS = pa.schema(
    [
        ("drive_id", pa.string()), ("scenario_id", pa.string()), ("actor_id", pa.string()),
        ("reference_track_id", pa.string()), ("t_start_ns", pa.int64()), ("t_end_ns", pa.int64()),
        ("is_ignored", pa.bool_()), ("tolerance_s", pa.float64()), ("parameters", pa.string()),
    ]
)  # fmt: skip
ACTORS = pa.schema(
    [
        ("drive_id", pa.string()), ("actor_id", pa.string()), ("reference_track_id", pa.string()),
        ("object_class", pa.string()),
        ("length_m", pa.float64()), ("width_m", pa.float64()), ("height_m", pa.float64()),
        ("t_first_ns", pa.int64()), ("t_last_ns", pa.int64()), ("min_distance_m", pa.float64()),
    ]
)  # fmt: skip


WINDOWS = pa.schema([("drive_id", pa.string()), ("scenario_id", pa.string())])
# what this truth knows: of these every instance, of any other scenario nothing
COVERED = (
    "aeb_activation", "blocked_lane", "cut_in", "cut_out", "disengagement", "emergency_lane_change", "encounter",
    "fcw", "following", "hard_brake", "jaywalking", "lane_change", "lead_hard_brake", "mrm", "near_miss",
    "occluded_ped_emerging", "odd_exit", "overspeed", "ped_crossing", "stationary", "swerving_lead", "tailgating",
    "takeover",
)  # fmt: skip


def actor_id(number: int) -> str:
    """Name of an actor in the truth."""
    return f"actor-{number:04d}"


def reference_track_id(number: int) -> str:
    """Id of an actor in the offline reference list."""
    return f"ref-{number:04d}"


def truth_events(states: DriveStates) -> list[Event]:
    """Every event of the drive, ordered by start; encounters (the smallest TTC to someone) are among them."""
    rel = relations.relate(states)
    found = [
        *lane_events.cut_ins(states, rel),
        *lane_events.cut_outs(states, rel),
        *lane_change_events.lane_changes(states, rel),
        *lane_change_events.emergency_lane_changes(states),
        *lane_change_events.swerving_leads(states, rel),
        *gap_events.near_misses(states, rel),
        *gap_events.lead_events(states, rel),
        *gap_events.encounters(states, rel),
        *ego_events.ego_events(states),
        *ego_events.stationary(states),
        *ego_events.bus_events(states, assist_signals(states, rel)),
        *walker_events.walker_events(states),
    ]
    for one in found:
        one.is_ignored = one.is_ignored or _is_at_the_edge(states, one)
    return sorted(found, key=lambda e: (e.start, e.scenario_id, e.actor or 0))


def _is_at_the_edge(states: DriveStates, one: Event) -> bool:
    """Beyond the reference list when it starts, or begun in the first or the last second of the drive."""
    if one.scenario_id == "stationary":  # parked cars come into range standing
        return one.start >= len(states.t_s) - RATE_HZ
    if not RATE_HZ <= one.start < len(states.t_s) - RATE_HZ:
        return True
    if one.actor is None:
        return False
    a = next(track for track in states.actors if track.number == one.actor)
    i = one.start - a.first
    away = np.hypot(a.x_map_m[i] - states.ego.x_map_m[one.start], a.y_map_m[i] - states.ego.y_map_m[one.start])
    return bool(away > 0.95 * states.setting.range_m)


def write_truth(states: DriveStates, folder: Path) -> int:
    """Write events.parquet, actors.parquet and windows.parquet into folder; the number of events."""
    setting = states.setting
    start_ns, sample_ns = setting.started_ns, 10**9 // RATE_HZ
    events = [
        {
            "drive_id": setting.drive_id, "scenario_id": e.scenario_id,
            "actor_id": None if e.actor is None else actor_id(e.actor),
            "reference_track_id": None if e.actor is None else reference_track_id(e.actor),
            "t_start_ns": start_ns + e.start * sample_ns, "t_end_ns": start_ns + e.end * sample_ns,
            "is_ignored": e.is_ignored, "tolerance_s": e.tolerance_s,
            "parameters": json.dumps(e.parameters, sort_keys=True),
        }
        for e in truth_events(states)
    ]  # fmt: skip
    actors = [
        {
            "drive_id": setting.drive_id, "actor_id": actor_id(a.number),
            "reference_track_id": reference_track_id(a.number), "object_class": OBJECT_CLASS.get(a.kind, a.kind),
            "length_m": a.length_m, "width_m": a.width_m, "height_m": a.height_m,
            "t_first_ns": start_ns + a.first * sample_ns, "t_last_ns": start_ns + (a.last - 1) * sample_ns,
            "min_distance_m": float(np.hypot(
                a.x_map_m - states.ego.x_map_m[a.first : a.last], a.y_map_m - states.ego.y_map_m[a.first : a.last]
            ).min()),
        }
        for a in states.actors
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(events, schema=EVENTS), folder / "events.parquet")
    windows = [{"drive_id": setting.drive_id, "scenario_id": name} for name in COVERED]
    pq.write_table(pa.Table.from_pylist(windows, schema=WINDOWS), folder / "windows.parquet")
    pq.write_table(pa.Table.from_pylist(actors, schema=ACTORS), folder / "actors.parquet")
    return len(events)
