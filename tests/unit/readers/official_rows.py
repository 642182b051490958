"""What each message that the official decoders give means in bronze, written down apart from our readers."""

from typing import Any

import numpy as np


def stamp(header: Any) -> int | None:
    return (header.stamp.sec * 10**9 + header.stamp.nanosec) or None


def quaternion(value: Any) -> dict[str, float]:
    return {f"q_{axis}": getattr(value, axis) for axis in "wxyz"}


def not_nan(value: float) -> float | None:
    return None if np.isnan(value) else value


def pose(frame: str, value: Any) -> dict[str, Any]:
    place = {f"{axis}_map_m": getattr(value.position, axis) for axis in "xyz"}
    return {"frame_id": frame, **place, **quaternion(value.orientation)}


def box(center: Any, size: Any) -> dict[str, Any]:
    place = {f"{axis}_m": getattr(center.position, axis) for axis in "xyz"}
    extent = {"length_m": size.x, "width_m": size.y, "height_m": size.z}
    return {**place, **quaternion(center.orientation), **extent}


def expected_rows(topic: str, message: Any) -> dict[str, list[dict[str, Any]]]:
    """What each official message means, written down plainly."""
    header = getattr(message, "header", None)
    if topic == "/odometry":
        twist = message.twist.twist
        motion = {"vx_ego_mps": twist.linear.x, "vy_ego_mps": twist.linear.y, "yaw_rate_radps": twist.angular.z}
        return {
            "bronze.ego_poses": [
                {"sensor_time_ns": stamp(header), **pose(header.frame_id, message.pose.pose), **motion}
            ]
        }
    if topic == "/pose":
        return {"bronze.ego_poses": [{"sensor_time_ns": stamp(header), **pose(header.frame_id, message.pose)}]}
    if topic == "/pose_in_frame":
        return {"bronze.ego_poses": [{"sensor_time_ns": None, **pose("odom", message.pose)}]}
    if topic == "/imu":
        rate, acceleration = message.angular_velocity, message.linear_acceleration
        is_absent = message.angular_velocity_covariance[0] == -1
        rates = {
            f"{name}_rate_radps": getattr(rate, axis)
            for name, axis in zip(("roll", "pitch", "yaw"), "xyz", strict=True)
        }
        has_no_acceleration = message.linear_acceleration_covariance[0] == -1
        values = {f"a{axis}_mps2": None if has_no_acceleration else getattr(acceleration, axis) for axis in "xyz"}
        values |= {name: None if is_absent else value for name, value in rates.items()}
        return {"bronze.imu_samples": [{"frame_id": header.frame_id, **values}]}
    if topic in ("/fix", "/location"):
        status = message.status.status if topic == "/fix" else None
        place = (message.latitude, message.longitude, not_nan(message.altitude))
        latitude, longitude, altitude = (None, None, None) if status == -1 else place
        names = {"latitude_deg": latitude, "longitude_deg": longitude, "altitude_m": altitude, "fix_status": status}
        return {"bronze.gnss_fixes": [names]}
    if topic == "/objects":
        return {"bronze.objects": [detection(message, index, item) for index, item in enumerate(message.detections)]}
    if topic == "/reference":
        cubes = [(entity, cube) for entity in message.entities for cube in entity.cubes]
        return {"bronze.objects": [reference(index, *pair) for index, pair in enumerate(cubes)]}
    if topic.startswith("/can/"):
        if message.is_rtr or message.is_error:
            return {}
        data = bytes(message.data)[: message.dlc]
        frame = {"bus": int(topic[5:]), "can_id": message.id, "is_extended": message.is_extended, "data": data}
        return {"bronze.can_frames": [{**frame, "num_data_bytes": message.dlc, "is_received": True}]}
    if topic == "/map/elements":
        return {"bronze.map_elements": [row for element in message["elements"] for row in vertices(element)]}
    if topic == "/camera":
        return {"bronze.camera_frames": [{"frame_id": header.frame_id, "image_format": "jpeg"}]}
    if topic == "/lanes":
        names = ("c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m", "quality", "side")
        rows = [
            {"boundary_index": index, "boundary_type": item["type"], **{name: item[name] for name in names}}
            for index, item in enumerate(message["boundaries"])
        ]
        return {"bronze.lane_boundaries": rows}
    return {}


def detection(message: Any, index: int, item: Any) -> dict[str, Any]:
    best = max(item.results, key=lambda result: result.hypothesis.score, default=None)
    named = ("unknown", None) if best is None else (best.hypothesis.class_id.lower(), best.hypothesis.score)
    return {
        "sensor_time_ns": stamp(message.header),
        "role": "onboard",
        "object_index": index,
        "track_id": item.id,
        "object_class": named[0],
        "score": named[1],
        "frame_id": message.header.frame_id,
        **box(item.bbox.center, item.bbox.size),
    }


def reference(index: int, entity: Any, cube: Any) -> dict[str, Any]:
    named = next(pair.value for pair in entity.metadata if pair.key == "class")
    return {
        "sensor_time_ns": entity.timestamp.ToNanoseconds(),
        "role": "reference",
        "object_index": index,
        "track_id": entity.id,
        "object_class": named.lower() or "unknown",
        "score": None,
        "frame_id": "map",
        **box(cube.pose, cube.size),
    }


def vertices(element: dict[str, Any]) -> list[dict[str, Any]]:
    """One row per corner of the outline."""
    whole = {name: element[name] for name in ("element_id", "kind", "speed_limit_mps", "turn")}
    return [
        {**whole, "vertex_index": index, "x_map_m": x, "y_map_m": y}
        for index, (x, y) in enumerate(element["polygon_xy_m"])
    ]
