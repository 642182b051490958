"""What an OpenLABEL file says about an event as a whole: ontologies, tags, and the streams it came from."""

from typing import Any

from longtail.event_files.window import Window
from longtail.query import sql
from longtail.scan import Bounds

ASAM_TAGS, OUR_TAGS = "0", "1"
"""Uids of the two ontologies: the scenario tags of ASAM OpenLABEL 1.0, and our definitions."""
_ONTOLOGIES = {
    ASAM_TAGS: {"uri": "https://openlabel.asam.net/V1-0-0/ontologies/openlabel_ontology_scenario_tags.ttl"},
    OUR_TAGS: {"uri": "urn:longtail:scenario_definitions"},
}
# Scenarios that mean the same as a tag of the standard; the others have none there.
_ASAM_NAMES = {
    "cut_in": "MotionCutIn",
    "cut_out": "MotionCutOut",
    "hard_brake": "MotionDecelerate",
    "jaywalking": "MotionCross",
    "lead_hard_brake": "MotionDecelerate",
    "ped_crossing": "MotionCross",
    "turning": "MotionTurn",
    "u_turn": "MotionUTurn",
}
_TEXTS = ("severity", "project_id", "drive_id", "light", "weather", "road_kind", "lane_source")
_STREAM_TYPES = {"camera_frames": "camera", "lidar_sweeps": "lidar", "gnss_fixes": "gps_imu", "imu_samples": "gps_imu"}
_TOPICS = """
    select topic, min(stream) as stream, min(schema_name) as schema_name from bronze.messages
    where drive_id = $drive group by topic order by topic
"""


def tags(shown: Window) -> dict[str, Any]:
    """Ontologies and tags: the scenario with its version and numbers, and the words of the standard for it."""
    event = shown.event
    numbers = [
        {"name": name, "val": value}
        for name, value in event.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and not name.endswith("_ns")
    ]
    words = [{"name": name, "val": event[name]} for name in _TEXTS if event.get(name) is not None]
    found = [
        {"type": event["scenario_id"], "ontology_uid": OUR_TAGS, "tag_data": {"text": words, "num": numbers}},
        _said("scenarioUniqueReference", event["event_id"]),
        _said("scenarioName", event["scenario_id"]),
        _said("scenarioDescription", f"{shown.title} of drive {event['drive_id']}"),
        _said("scenarioVersion", str(event["definition_version"])),
    ]
    if event["scenario_id"] in _ASAM_NAMES:
        found.append({"type": _ASAM_NAMES[event["scenario_id"]], "ontology_uid": ASAM_TAGS})
    return {"ontologies": _ONTOLOGIES, "tags": {str(number): tag for number, tag in enumerate(found)}}


def streams(shown: Window) -> dict[str, dict[str, str]]:
    """The topics of the drive, in the five types that the standard knows."""
    drive_id = shown.event["drive_id"]
    rows = sql(_TOPICS, parameters={"drive": drive_id}, bounds=Bounds(drive_id)).to_pylist()
    return {
        row["topic"]: {
            "type": _STREAM_TYPES.get(row["stream"], "other"),
            "uri": row["topic"],
            "description": row["schema_name"] or row["stream"] or "as recorded",
        }
        for row in rows
    }


def _said(name: str, value: str) -> dict[str, Any]:
    return {"type": name, "ontology_uid": ASAM_TAGS, "tag_data": {"text": [{"name": name, "val": value}]}}
