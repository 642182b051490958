"""foxglove messages of an event: boxes of every instant, where the ego is, the interval and its marks."""

from functools import cache
from math import cos, sin
from typing import Any

from foxglove_schemas_protobuf.Event_pb2 import Event
from foxglove_schemas_protobuf.FrameTransform_pb2 import FrameTransform
from foxglove_schemas_protobuf.Log_pb2 import Log
from foxglove_schemas_protobuf.SceneUpdate_pb2 import SceneUpdate

from longtail.drawing.palette import ACTOR, EGO, OTHER, VULNERABLE
from longtail.event_files.metrics_message import file_set
from longtail.event_files.window import NS, STEP_NS, Row, Window

EGO_FRAME, MAP_FRAME = "base_link", "map"
"""Centre of the rear axle on the ground, ISO 8855, and the fixed local frame: the names that recordings use."""
_VULNERABLE = ("pedestrian", "bicycle", "animal")
_OPACITY = 0.6
Tint = tuple[float, float, float]


@cache
def schemas() -> dict[str, bytes]:
    """{message name: file descriptor set} of the messages of this module."""
    types = (SceneUpdate, FrameTransform, Log, Event)
    return {each.DESCRIPTOR.full_name: file_set(each.DESCRIPTOR.file) for each in types}


def colour(window: Window, row: Row) -> Tint:
    """Red, green, blue in 0..1: as in the pictures of `longtail plot`."""
    if row["track_id"] == window.actor:
        return rgb(ACTOR)
    return rgb(VULNERABLE if row["object_class"] in _VULNERABLE else OTHER)


def rgb(text: str) -> Tint:
    """ "#0072B2" as three numbers in 0..1."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def boxes(window: Window, t_ns: int, rows: list[Row]) -> bytes:
    """foxglove.SceneUpdate of one instant in the ego frame: a cube per object, the ego itself, the actor named.

    Silver knows no height above ground: boxes stand on it.
    """
    update = SceneUpdate()
    for row in rows:
        entity = _entity(update, t_ns, f"track/{row['track_id']}")
        for key, value in _told(row):
            entity.metadata.add(key=key, value=value)
        _cube(entity, (row["x_ego_m"], row["y_ego_m"], row["yaw_ego_rad"]), _size(row), colour(window, row))
        if row["track_id"] == window.actor:
            text = entity.texts.add(text=window.title, billboard=True, font_size=0.6)
            text.pose.position.x, text.pose.position.y = row["x_ego_m"], row["y_ego_m"]
            text.pose.position.z, text.pose.orientation.w = row["height_m"] + 0.8, 1.0
            text.color.r, text.color.g, text.color.b, text.color.a = (*rgb(ACTOR), 1.0)
    car = window.vehicle
    front, rear = car["rear_axle_to_front_bumper_m"], car["rear_axle_to_rear_bumper_m"]
    ego = _entity(update, t_ns, "ego")
    _cube(ego, ((front - rear) / 2, 0.0, 0.0), (front + rear, car["width_m"], car["height_m"]), rgb(EGO))
    return bytes(update.SerializeToString(deterministic=True))


def transform(row: Row) -> bytes | None:
    """foxglove.FrameTransform map from ego of a row of silver.ego_motion; None: it has no pose."""
    if row["x_map_m"] is None or row["yaw_map_rad"] is None:
        return None
    message = FrameTransform(parent_frame_id=MAP_FRAME, child_frame_id=EGO_FRAME)
    _stamp(message.timestamp, row["t_ns"])
    message.translation.x, message.translation.y = row["x_map_m"], row["y_map_m"]
    message.translation.z = row["z_map_m"] or 0.0
    message.rotation.z, message.rotation.w = sin(row["yaw_map_rad"] / 2), cos(row["yaw_map_rad"] / 2)
    return bytes(message.SerializeToString(deterministic=True))


def mark(window: Window, name: str, t_ns: int) -> bytes:
    """foxglove.Log of the start, peak or end."""
    message = Log(level=Log.INFO, message=f"{window.title}: {name}", name="longtail", file=window.event["event_id"])
    _stamp(message.timestamp, t_ns)
    return bytes(message.SerializeToString(deterministic=True))


def interval(window: Window) -> bytes:
    """foxglove.Event: first and last instant, and the row of marts.fct_scenario_events as text; null is left out."""
    message = Event()
    _stamp(message.start_time, window.event["t_start_ns"])
    _stamp(message.end_time, window.event["t_end_ns"])
    for key, value in texts(window.event).items():
        message.metadata.add(key=key, value=value)
    return bytes(message.SerializeToString(deterministic=True))


def texts(event: Row) -> dict[str, str]:
    """The known values of an event as text."""
    return {name: str(value) for name, value in event.items() if value is not None}


def _entity(update: Any, t_ns: int, name: str) -> Any:
    entity = update.entities.add(frame_id=EGO_FRAME, id=name)
    _stamp(entity.timestamp, t_ns)
    entity.lifetime.nanos = STEP_NS * 3 // 2  # gone when the next list does not name it
    return entity


def _cube(entity: Any, pose: tuple[float, float, float], size: tuple[float, float, float], tint: Tint) -> None:
    x, y, yaw = pose
    cube = entity.cubes.add()
    cube.pose.position.x, cube.pose.position.y, cube.pose.position.z = x, y, size[2] / 2
    cube.pose.orientation.z, cube.pose.orientation.w = sin(yaw / 2), cos(yaw / 2)
    cube.size.x, cube.size.y, cube.size.z = size
    cube.color.r, cube.color.g, cube.color.b, cube.color.a = (*tint, _OPACITY)


def _size(row: Row) -> tuple[float, float, float]:
    return row["length_m"], row["width_m"], row["height_m"]


def _told(row: Row) -> list[tuple[str, str]]:
    visibility = row["visibility_pct"]
    said = [("class", row["object_class"]), ("track_id", row["track_id"])]
    return said if visibility is None else [*said, ("visibility_pct", f"{visibility:.0f}")]


def _stamp(timestamp: Any, t_ns: int) -> None:
    timestamp.seconds, timestamp.nanos = divmod(t_ns, NS)
