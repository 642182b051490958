"""People's action labels of KITTI tracking sequence 0000 (VCD 4.3, Vicomtech): parked, following, turning."""

import json
from pathlib import Path
from typing import Any

from infra.scores.truth_files import Row, write

DRIVE = "kitti_tracking-0000"
FILE = "kitti_tracking/openlabel_actions/vcd430_kitti_tracking_0000_actions.json"
SCENARIO = {"Parked": "stationary", "Following": "following", "TurningRight": "turning", "TurningLeft": "turning"}
EGO = "EgoVehicle"
_PLACES = ("Road", "Lane", "Footwalk", "Intersection")
_FRAME_NS = 100_000_000
_TOLERANCE_S = 1.5


def actions(data: Path, target: Path, drive_id: str, start_ns: int) -> Path:
    """The labelled actions as a truth; frame n is at `start_ns` + n/10 s on the clock of the lake.

    "Parked" is stationary, "Following" (by the ego) following with its lead as the actor, "TurningRight" turning.
    An action without frames lasts as long as the sequence. Turns of others than the ego are ignored, and so is standing
    of what was not labelled: people at the kerb.
    """
    root = json.loads((data / FILE).read_text())["vcd"]
    last = max(int(frame) for frame in root["frames"])
    subject, thing = (_by_action(root, kind) for kind in ("isSubjectOfAction", "isObjectOfAction"))
    events: list[Row] = []
    for uid, action in root["actions"].items():
        scenario = SCENARIO.get(action["type"])
        is_ego = root["objects"][subject[uid]]["type"] == EGO
        if scenario is None or (scenario == "following" and not is_ego):
            continue
        actor = thing[uid] if scenario == "following" else "ego" if is_ego else subject[uid]
        is_ignored = scenario == "turning" and not is_ego
        for part in action.get("frame_intervals") or [{"frame_start": 0, "frame_end": last}]:
            span = (start_ns + part["frame_start"] * _FRAME_NS, start_ns + part["frame_end"] * _FRAME_NS)
            events.append(_event(drive_id, scenario, actor, span, is_ignored) | {"tolerance_s": _TOLERANCE_S})
    whole = (start_ns, start_ns + last * _FRAME_NS)
    for uid, labelled in root["objects"].items():
        if labelled["type"] in ("Pedestrian", EGO):
            actor = "ego" if labelled["type"] == EGO else uid
            events.append(
                _event(drive_id, "stationary", actor, whole, True) | {"tolerance_s": 60.0, "min_overlap": 0.0}
            )
    scenarios = sorted({str(event["scenario_id"]) for event in events})
    return write(target / "kitti-actions.csv", events, [{"drive_id": drive_id, "scenario_id": s} for s in scenarios])


def _by_action(root: dict[str, dict[str, dict[str, Any]]], kind: str) -> dict[str, str]:
    """Action -> the road user that is its subject or object; roads and lanes are named too and left out."""
    found = {}
    for relation in root["relations"].values():
        uid = relation["rdf_subjects"][0]["uid"]
        if relation["type"] == kind and root["objects"].get(uid, {}).get("type") not in (None, *_PLACES):
            found[relation["rdf_objects"][0]["uid"]] = uid
    return found


def _event(drive_id: str, scenario: str, actor: str, span_ns: tuple[int, int], is_ignored: bool) -> Row:
    return {
        "drive_id": drive_id, "scenario_id": scenario, "actor_track_id": actor, "t_start_ns": span_ns[0],
        "t_end_ns": span_ns[1], "is_ignored": is_ignored,
    }  # fmt: skip
