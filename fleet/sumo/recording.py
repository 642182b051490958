"""A SUMO vehicle as a drive in the landing zone: odometry, lane marks and a list of all vehicles around it."""

import hashlib
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from fleet import ros2
from fleet.landing import Stream, write_mcap
from fleet.sumo.lanes import AHEAD_M, Lanes, ahead_m, marks
from fleet.sumo.motion import Body
from fleet.sumo.run import RANGE_M

TICK_NS = 100_000_000
START_NS = int(datetime(2026, 5, 4, 9, 0, tzinfo=UTC).timestamp()) * 10**9
REAR_AXLE_TO_FRONT_M = 3.7
OBJECTS_TOPIC = "/sumo/vehicles"
# SUMO's speeds are recorded too, as most object lists do: the topic map says what the fields are
_FIELDS = {
    "track_id": "id", "object_class": "kind", "x_m": "x", "y_m": "y", "z_m": "z", "q_w": "q_w", "q_z": "q_z",
    "length_m": "length", "width_m": "width", "height_m": "height", "vx_mps": "vx", "vy_mps": "vy",
}  # fmt: skip


def write_drive(folder: Path, project: str, drive_id: str, ego: Body, others: dict[str, Body], lanes: Lanes) -> int:
    """Write recording.mcap, reference.mcap and drive.json of one ego into `folder`; the number of messages."""
    counts = {
        "recording.mcap": write_mcap(folder / "recording.mcap", "ros2", [_odometry(ego), _lane_marks(ego, lanes)]),
        "reference.mcap": write_mcap(folder / "reference.mcap", "ros2", [_reference(ego, others)]),
    }
    files = [
        {"path": name, "bytes": (folder / name).stat().st_size, "sha256": _sha256(folder / name), "messages": num}
        for name, num in counts.items()
    ]
    declaration = {
        "drive_id": drive_id,
        "project_id": project,
        "site": "sumo",
        "software_version": "sumo-1",
        "started_at": datetime.fromtimestamp(stamps_ns(ego)[0] // 10**9, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "vehicle": {
            "vehicle_id": ego.name,
            "kind": ego.kind.object_class,
            "length_m": ego.kind.length_m,
            "width_m": ego.kind.width_m,
            "height_m": ego.kind.height_m,
            "wheelbase_m": 2.8,
            "rear_axle_to_front_bumper_m": REAR_AXLE_TO_FRONT_M,
            "rear_axle_to_rear_bumper_m": round(ego.kind.length_m - REAR_AXLE_TO_FRONT_M, 3),
        },
        "files": files,
        "topics": {OBJECTS_TOPIC: {"stream": "objects", "role": "reference", "fields": _topic_map()}},
        "clock": {"log_time": "utc"},
    }
    (folder / "drive.json").write_text(json.dumps(declaration, indent=1) + "\n")
    return sum(counts.values())


def stamps_ns(body: Body) -> np.ndarray:
    """When the states of a body are: tick 0 of the run is START_NS."""
    return START_NS + (body.first + np.arange(len(body.x_front_m), dtype=np.int64)) * TICK_NS


def _odometry(ego: Body) -> Stream:
    x, y = ego.point_m(REAR_AXLE_TO_FRONT_M)
    n = len(x)
    position, q, linear, angular = np.zeros((n, 3)), np.zeros((n, 4)), np.zeros((n, 3)), np.zeros((n, 3))
    position[:, 0], position[:, 1] = x, y
    q[:, 2], q[:, 3] = np.sin(ego.yaw_rad / 2), np.cos(ego.yaw_rad / 2)
    linear[:, 0], angular[:, 2] = ego.speed_mps, np.gradient(ego.yaw_rad) / 0.1
    stamps = stamps_ns(ego)
    columns = {"position": position, "q_xyzw": q, "linear": linear, "angular": angular}
    payloads = ros2.payloads(columns, stamps, ros2.ODOMETRY)
    rows = [(ns, ns, i + 1, payload) for i, (ns, payload) in enumerate(zip(stamps.tolist(), payloads, strict=True))]
    return Stream("/localization/odometry", "nav_msgs/msg/Odometry", "ros2msg", "cdr", rows)


def _lane_marks(ego: Body, lanes: Lanes) -> Stream:
    return Stream("/perception/lanes", "longtail.LaneBoundaries", "jsonschema", "json", _lane_messages(ego, lanes))


def _lane_messages(ego: Body, lanes: Lanes) -> Iterator[tuple[int, int, int, bytes]]:
    """What a faultless lane camera would send: the marks of the lane that holds the front of the ego, 90 m ahead."""
    route = {lanes.by_id[name].edge for name in ego.lane}
    x, y = ego.point_m(REAR_AXLE_TO_FRONT_M)
    for i, ns in enumerate(stamps_ns(ego).tolist()):
        lane = lanes.by_id[ego.lane[i]]
        behind = next((name for name in reversed(ego.lane[:i]) if name != lane.lane_id), None)
        start, pos_m = lane.lane_id, float(ego.pos_m[i])
        if behind is not None and lane.lane_id in lanes.following.get(behind, []):
            start, pos_m = behind, pos_m + lanes.by_id[behind].length_m
        line = ahead_m(lanes, lanes.chain(start, route, pos_m + AHEAD_M), pos_m)
        seen = marks(lane, line, float(x[i]), float(y[i]), float(ego.yaw_rad[i]))
        boundaries = [
            {
                "side": side, "c0_m": c[0], "c1": c[1], "c2_1pm": c[2], "c3_1pm2": c[3], "x_min_m": low,
                "x_max_m": high, "quality": 1.0, "type": "dashed",
            }
            for side, (c, low, high) in seen.items()
        ]  # fmt: skip
        header = {"stamp": {"sec": ns // 10**9, "nanosec": ns % 10**9}, "frame_id": "base_link"}
        yield ns, ns, i + 1, json.dumps({"header": header, "boundaries": boundaries}, separators=(",", ":")).encode()


def _topic_map() -> dict[str, str]:
    fields = {column: f"vehicles/{name}" for column, name in _FIELDS.items()}
    return fields | {"sensor_time_ns": "header.stamp", "frame_id": "header.frame_id"}


def _reference(ego: Body, others: dict[str, Body]) -> Stream:
    """Every vehicle within RANGE_M, in the map frame, without error."""
    near = [body for body in others.values() if body.name != ego.name]
    centres = {body.name: body.point_m(body.kind.length_m / 2) for body in near}
    x, y = ego.point_m(0.0)

    def rows() -> Iterator[tuple[int, int, int, bytes]]:
        for i, ns in enumerate(stamps_ns(ego).tolist()):
            seen = [
                (body, j)
                for body in near
                if (j := body.at(ego.first + i)) is not None
                and math.hypot(body.x_front_m[j] - x[i], body.y_front_m[j] - y[i]) <= RANGE_M
            ]
            cdr = ros2.Cdr()
            cdr.stamp(ns)
            cdr.text("map")
            cdr.count(len(seen))
            for body, j in seen:
                kind, (cx, cy), yaw, speed = body.kind, centres[body.name], body.yaw_rad[j], body.speed_mps[j]
                cdr.text(body.name)
                cdr.text(kind.object_class)
                cdr.doubles(cx[j], cy[j], kind.height_m / 2, math.cos(yaw / 2), math.sin(yaw / 2))
                cdr.doubles(kind.length_m, kind.width_m, kind.height_m, speed * math.cos(yaw), speed * math.sin(yaw))
            yield ns, ns, i + 1, cdr.payload()

    return Stream(OBJECTS_TOPIC, "sumo_msgs/msg/VehicleList", "ros2msg", "cdr", rows())


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
