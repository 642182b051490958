"""Messages about the ego vehicle to rows: poses, IMU samples, GNSS fixes."""

from typing import Any

import numpy as np

from spark_jobs.readers.columns import Decoded, Level
from spark_jobs.readers.stream_rows import Context, common, measured, nullable, quaternion, stamp_ns

_STAMP = ("header.stamp.sec", "header.stamp.nanosec")
_FOXGLOVE_STAMP = ("timestamp.seconds", "timestamp.nanos")


def _fields(prefix: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{prefix}.{name}" for name in names)


def _pose_fields(prefix: str) -> tuple[str, ...]:
    return _fields(f"{prefix}position", *"xyz") + _fields(f"{prefix}orientation", *"xyzw")


ODOMETRY_FIELDS = (
    *_STAMP,
    "header.frame_id",
    *_pose_fields("pose.pose."),
    "twist.twist.linear.x",
    "twist.twist.linear.y",
    "twist.twist.angular.z",
)
POSE_STAMPED_FIELDS = (*_STAMP, "header.frame_id", *_pose_fields("pose."))
POSE_IN_FRAME_FIELDS = (*_FOXGLOVE_STAMP, "frame_id", *_pose_fields("pose."))
IMU_FIELDS = (
    *_STAMP,
    "header.frame_id",
    *_fields("angular_velocity", *"xyz"),
    "angular_velocity_covariance",
    *_fields("linear_acceleration", *"xyz"),
    "linear_acceleration_covariance",
)
NAV_SAT_FIX_FIELDS = (*_STAMP, "status.status", "latitude", "longitude", "altitude")
LOCATION_FIX_FIELDS = (*_FOXGLOVE_STAMP, "latitude", "longitude", "altitude")


def _pose(level: Level, context: Context, stamp: tuple[str, str], frame: str, prefix: str) -> dict[str, Any]:
    return {
        **common(context, level.parent, stamp_ns(level, *stamp)),
        "frame_id": level.text(frame),
        **{f"{axis}_map_m": level.numbers(f"{prefix}position.{axis}") for axis in "xyz"},
        **quaternion(level, f"{prefix}orientation"),
    }


def odometry(decoded: Decoded, context: Context) -> dict[str, Any]:
    """nav_msgs/Odometry: pose in header.frame_id, twist in the child frame, which is taken as the ego frame."""
    level = decoded.messages
    return {
        **_pose(level, context, _STAMP, "header.frame_id", "pose.pose."),
        "vx_ego_mps": measured(level.numbers("twist.twist.linear.x")),
        "vy_ego_mps": measured(level.numbers("twist.twist.linear.y")),
        "yaw_rate_radps": measured(level.numbers("twist.twist.angular.z")),
    }


def pose_stamped(decoded: Decoded, context: Context) -> dict[str, Any]:
    """geometry_msgs/PoseStamped."""
    return _pose(decoded.messages, context, _STAMP, "header.frame_id", "pose.")


def pose_in_frame(decoded: Decoded, context: Context) -> dict[str, Any]:
    """foxglove.PoseInFrame."""
    return _pose(decoded.messages, context, _FOXGLOVE_STAMP, "frame_id", "pose.")


def imu(decoded: Decoded, context: Context) -> dict[str, Any]:
    """sensor_msgs/Imu. By ROS convention a first covariance of -1 means that the quantity is not measured."""
    level = decoded.messages
    rows = {**common(context, level.parent, stamp_ns(level, *_STAMP)), "frame_id": level.text("header.frame_id")}
    names = {
        "x": ("ax_mps2", "roll_rate_radps"),
        "y": ("ay_mps2", "pitch_rate_radps"),
        "z": ("az_mps2", "yaw_rate_radps"),
    }
    for which, field in enumerate(("linear_acceleration", "angular_velocity")):
        covariance = level.columns.get(f"{field}_covariance")
        is_absent = np.zeros(len(level.parent), np.bool_)
        if isinstance(covariance, np.ndarray) and covariance.ndim == 2:
            is_absent = covariance[:, 0] == -1
        for axis, columns in names.items():
            values = level.numbers(f"{field}.{axis}")
            rows[columns[which]] = nullable(values, is_absent | np.isnan(values))
    return rows


def _fix(level: Level, context: Context, stamp: tuple[str, str], status: Any) -> dict[str, Any]:
    is_lost = np.zeros(len(level.parent), np.bool_) if status is None else status < 0
    rows = common(context, level.parent, stamp_ns(level, *stamp))
    for column, field in (("latitude_deg", "latitude"), ("longitude_deg", "longitude"), ("altitude_m", "altitude")):
        values = level.numbers(field)
        rows[column] = nullable(values, is_lost | np.isnan(values))
    return rows if status is None else {**rows, "fix_status": status}


def nav_sat_fix(decoded: Decoded, context: Context) -> dict[str, Any]:
    """sensor_msgs/NavSatFix; a status below 0 is no fix, so its position is null."""
    status = decoded.messages.integers("status.status")
    return _fix(decoded.messages, context, _STAMP, status)


def location_fix(decoded: Decoded, context: Context) -> dict[str, Any]:
    """foxglove.LocationFix; it has no status."""
    return _fix(decoded.messages, context, _FOXGLOVE_STAMP, None)
