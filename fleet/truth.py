"""The truth of a drive, by the definitions of the domain reference, from noise-free states: events and actors.

It is written to a folder of its own. Only the scoring of scenarios may read it.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fleet import lane_events, relations
from fleet.occlusion import visible_share
from fleet.relations import Relations, runs
from fleet.simulate import RATE_HZ, DriveStates
from fleet.vehicles import OBJECT_CLASS

Array = NDArray[np.float64]
G_MPS2 = 9.80665

EVENTS = pa.schema(
    [
        ("drive_id", pa.string()), ("scenario_id", pa.string()), ("actor_id", pa.string()),
        ("reference_track_id", pa.string()), ("t_start_ns", pa.int64()), ("t_end_ns", pa.int64()),
        ("parameters", pa.string()),
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


def actor_id(number: int) -> str:
    """Name of an actor in the truth."""
    return f"actor-{number:04d}"


def reference_track_id(number: int) -> str:
    """Id of an actor in the offline reference list."""
    return f"ref-{number:04d}"


def truth_events(states: DriveStates) -> list[dict[str, object]]:
    """Every event of the drive, ordered by start; times are samples turned into ns by event_rows."""
    rel = relations.relate(states)
    found = [
        *lane_events.cut_ins(states, rel),
        *lane_events.cut_outs(states, rel),
        *lane_events.emergency_lane_changes(states, rel),
        *_hard_brakes(states),
        *_near_misses(states, rel),
        *_emerging_pedestrians(states),
    ]
    return sorted(found, key=lambda e: (e["start"], e["scenario_id"], e["actor"] or 0))


def _hard_brakes(states: DriveStates) -> list[dict[str, object]]:
    ax, v = states.ax_ego_mps2, states.ego.speed_mps
    return [
        lane_events.event("hard_brake", None, i, j, v0_mps=v[i], peak_deceleration_mps2=-ax[i:j].min())
        for i, j in runs(ax <= -3.0, RATE_HZ * 3 // 10, RATE_HZ * 3 // 10)
        if v[i] > 5.0
    ]


def _near_misses(states: DriveStates, rel: Relations) -> list[dict[str, object]]:
    """TTC < 1.5 s or DRAC > 3.4 m/s2 to a road user in the ego lane ahead, and an evasive answer within 2 s of it."""
    evasive = (states.ax_ego_mps2 <= -0.5 * G_MPS2) | (np.abs(states.ay_ego_mps2) >= 0.4 * G_MPS2)
    found = []
    for k, track in enumerate(states.actors):
        gap, closing = rel.gap_m[k], rel.closing_mps[k]
        is_ahead = rel.is_in_lane[k] & (gap > 0.0) & (closing > 0.1)
        ttc = np.divide(gap, closing, out=np.full(len(gap), np.inf), where=is_ahead)
        drac = np.divide(closing**2, 2.0 * gap, out=np.zeros(len(gap)), where=is_ahead)
        for i, j in runs((ttc < 1.5) | (drac > 3.4), RATE_HZ * 3 // 10, 1):
            a, b = max(track.first + i - 2 * RATE_HZ, 0), track.first + j + 2 * RATE_HZ
            if evasive[a:b].any():
                found.append(
                    lane_events.event(
                        "near_miss", track.number, track.first + i, track.first + j,
                        min_ttc_s=ttc[i:j].min(), max_drac_mps2=drac[i:j].max(), min_gap_m=gap[i:j].min(),
                        peak_deceleration_mps2=-states.ax_ego_mps2[a:b].min(),
                    )
                )  # fmt: skip
    return found


def _emerging_pedestrians(states: DriveStates) -> list[dict[str, object]]:
    """A pedestrian hidden (visibility <= 40 %) for 0.5 s or more, then visible and coming at 0.5 m/s or faster."""
    found = []
    eye_x_m = states.ego.front_m - 1.5
    for track in states.actors:
        if track.kind != "pedestrian" or not np.any(np.abs(track.vd) >= 0.5):
            continue
        samples = np.arange(track.first, track.last, RATE_HZ // 20)
        share = np.zeros(len(samples))
        near = np.zeros(len(samples), dtype=bool)
        for n, sample in enumerate(samples):
            boxes, numbers = relations.boxes_in_ego_frame(states, int(sample))
            me = numbers.index(track.number)
            share[n] = visible_share(*boxes.T[:5], eye_x_m)[me]
            near[n] = (
                abs(boxes[me, 1]) <= states.ego.width_m / 2 + 4.0 and 0.0 < boxes[me, 0] - states.ego.front_m < 50.0
            )
        coming = np.abs(track.vd[samples - track.first]) >= 0.5
        hidden = np.convolve(share <= 0.4, np.ones(10), "full")[: len(share)] >= 10
        for n in range(1, len(samples)):
            if hidden[n - 1] and share[n] > 0.4 and coming[n] and near[n]:
                end = min(int(samples[n]) + 3 * RATE_HZ, track.last)
                found.append(lane_events.event("occluded_ped_emerging", track.number, int(samples[n]), end))
                break
    return found


def write_truth(states: DriveStates, folder: Path) -> int:
    """Write events.parquet and actors.parquet into folder; the number of events."""
    setting = states.setting
    start_ns, sample_ns = setting.started_ns, 10**9 // RATE_HZ
    events = [
        {
            "drive_id": setting.drive_id, "scenario_id": e["scenario_id"],
            "actor_id": None if e["actor"] is None else actor_id(int(str(e["actor"]))),
            "reference_track_id": None if e["actor"] is None else reference_track_id(int(str(e["actor"]))),
            "t_start_ns": start_ns + int(str(e["start"])) * sample_ns,
            "t_end_ns": start_ns + int(str(e["end"])) * sample_ns,
            "parameters": json.dumps(e["parameters"], sort_keys=True),
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
    pq.write_table(pa.Table.from_pylist(actors, schema=ACTORS), folder / "actors.parquet")
    return len(events)
