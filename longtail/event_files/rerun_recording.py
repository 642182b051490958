"""`longtail clip --rrd`: boxes, metrics and marks of an event as a Rerun recording, with a layout that shows them."""

from dataclasses import dataclass
from math import cos, sin
from pathlib import Path

import numpy as np
import rerun as rr
import rerun.blueprint as rrb

from longtail.drawing.palette import EGO
from longtail.event_files import metrics_message
from longtail.event_files.scene_messages import colour, rgb
from longtail.event_files.window import METRICS, Window, window

TIMELINE = "message_log_time"
"""The name that Rerun gives the log time of an MCAP file: both open side by side on one time line."""
_EGO_BOX = "map/ego/body"
_OBJECTS = "map/ego/objects"


@dataclass(frozen=True)
class Written:
    """What was written."""

    event_id: str
    path: Path
    num_instants: int
    num_tracks: int
    num_bytes: int


def write(event_id: str, out: Path, margin_s: float = 2.0) -> Written:
    """Write an event with `margin_s` before and after to `out`, which appears when it is whole.

    Entities: map/ego (its pose), map/ego/objects (boxes in the ego frame), metrics/<name>, marks.

    Raises:
        QueryError: no such event.
    """
    shown = window(event_id, margin_s)
    part = out.with_name(f".{out.name}.part")
    try:
        recording = rr.RecordingStream("longtail", recording_id=shown.event["event_id"])
        recording.save(part, default_blueprint=_layout())
        recording.send_recording_name(f"{shown.title} {shown.event['drive_id']}")
        _boxes(recording, shown)
        _ego(recording, shown)
        _metrics(recording, shown)
        marks = shown.moments()
        texts = [f"{shown.title}: {name}" for name in marks]
        recording.send_columns("marks", [_times(list(marks.values()))], rr.TextLog.columns(text=texts))
        recording.disconnect()
        part.rename(out)
    finally:
        part.unlink(missing_ok=True)
    tracks = len(shown.tracks())
    return Written(shown.event["event_id"], out, len(shown.ego), tracks, out.stat().st_size)


def _times(t_ns: list[int]) -> rr.TimeColumn:
    return rr.TimeColumn(TIMELINE, timestamp=np.array(t_ns, "datetime64[ns]"))


def _boxes(recording: rr.RecordingStream, shown: Window) -> None:
    by_instant = shown.by_instant()
    rows = [row for each in by_instant.values() for row in each]
    half = np.array([(row["length_m"], row["width_m"], row["height_m"]) for row in rows]).reshape(-1, 3) / 2
    columns = rr.Boxes3D.columns(
        half_sizes=half,
        centers=np.array([(row["x_ego_m"], row["y_ego_m"], row["height_m"] / 2) for row in rows]).reshape(-1, 3),
        quaternions=np.array([_turn(row["yaw_ego_rad"]) for row in rows]).reshape(-1, 4),
        colors=np.array([colour(shown, row) for row in rows]).reshape(-1, 3),
        labels=[f"{row['object_class']} {row['track_id']}" for row in rows],
    )
    counts = [len(each) for each in by_instant.values()]
    recording.send_columns(_OBJECTS, [_times(list(by_instant))], columns.partition(counts))


def _ego(recording: rr.RecordingStream, shown: Window) -> None:
    car = shown.vehicle
    front, rear = car["rear_axle_to_front_bumper_m"], car["rear_axle_to_rear_bumper_m"]
    body = rr.Boxes3D(
        half_sizes=[((front + rear) / 2, car["width_m"] / 2, car["height_m"] / 2)],
        centers=[((front - rear) / 2, 0.0, car["height_m"] / 2)],
        colors=[rgb(EGO)],
    )
    recording.log(_EGO_BOX, body, static=True)
    recording.log("map", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
    rows = [row for row in shown.ego if row["x_map_m"] is not None and row["yaw_map_rad"] is not None]
    if rows:
        pose = rr.Transform3D.columns(
            translation=np.array([(row["x_map_m"], row["y_map_m"], row["z_map_m"] or 0.0) for row in rows]),
            quaternion=np.array([_turn(row["yaw_map_rad"]) for row in rows]),
        )
        recording.send_columns("map/ego", [_times([row["t_ns"] for row in rows])], pose)


def _metrics(recording: rr.RecordingStream, shown: Window) -> None:
    rows = metrics_message.metrics(shown)
    for name in (*metrics_message.EGO, *METRICS):
        known = [row for row in rows if row[name] is not None]
        if known:
            values = rr.Scalars.columns(scalars=np.array([row[name] for row in known]))
            recording.send_columns(f"metrics/{name}", [_times([row["t_ns"] for row in known])], values)


def _turn(yaw_rad: float) -> tuple[float, float, float, float]:
    """Rotation about z, (x, y, z, w)."""
    return 0.0, 0.0, sin(yaw_rad / 2), cos(yaw_rad / 2)


def _layout() -> rrb.Blueprint:
    """Boxes on the left, as seen from the ego; what to plot together on the right."""
    plots = {"Gap and TTC": ("gap_m", "ttc_s", "thw_s"), "Ego": ("ego_speed_mps", "ego_acceleration_mps2")}
    series = [
        rrb.TimeSeriesView(name=title, origin="/", contents=[f"/metrics/{name}" for name in names])
        for title, names in plots.items()
    ]
    scene = rrb.Spatial3DView(name="Objects", origin="/map/ego", contents="/map/**")
    return rrb.Blueprint(rrb.Horizontal(scene, rrb.Vertical(*series, rrb.TextLogView(origin="/marks"))))
