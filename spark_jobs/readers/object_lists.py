"""Object lists of perception stacks to rows: Autoware, derived_object_msgs, radar_msgs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from spark_jobs.readers.columns import Decoded, Ints, Level
from spark_jobs.readers.object_streams import object_role
from spark_jobs.readers.stream_rows import Context, Floats, common, measured, nullable, quaternion, rotated, stamp_ns

_HEADER = ("header.stamp.sec", "header.stamp.nanosec", "header.frame_id")
_LABELS = "unknown car truck bus trailer motorcycle bicycle pedestrian animal hazard over_drivable under_drivable"
_AUTOWARE_CLASSES = dict(enumerate(_LABELS.split()))
_DERIVED = (
    "unknown unknown_small unknown_medium unknown_big pedestrian bike car truck motorcycle other_vehicle barrier sign"
)
_DERIVED_CLASSES = dict(enumerate(_DERIVED.split()))
_RADAR_CLASSES = {32_000 + number: name for number, name in enumerate(_LABELS.split()[:8])}
_RADAR_CLASSES |= {1: "static", 2: "dynamic"}
_XYZ = ("x", "y", "z")


def _pose(prefix: str) -> tuple[str, ...]:
    return (*(f"{prefix}position.{axis}" for axis in _XYZ), *(f"{prefix}orientation.{axis}" for axis in "xyzw"))


_KINEMATICS = ("pose_with_covariance.pose.", "initial_pose_with_covariance.pose.")
_TWIST = ("twist_with_covariance.twist.linear.", "initial_twist_with_covariance.twist.linear.")
AUTOWARE_FIELDS = (
    *_HEADER,
    *(f"objects/{name}" for name in ("object_id.uuid", "existence_probability", "kinematics.has_twist", "shape.type")),
    *(f"objects/kinematics.{name}" for prefix in _KINEMATICS for name in _pose(prefix)),
    *(f"objects/kinematics.{prefix}{axis}" for prefix in _TWIST for axis in _XYZ),
    *(f"objects/shape.dimensions.{axis}" for axis in _XYZ),
    *(f"objects/classification/{name}" for name in ("label", "probability")),
    *(f"objects/shape.footprint.points/{axis}" for axis in "xy"),
)
DERIVED_FIELDS = (
    *_HEADER,
    *(f"objects/{name}" for name in ("id", "classification", "object_classified", "shape.type")),
    *(f"objects/{name}" for name in _pose("pose.")),
    *(f"objects/twist.linear.{axis}" for axis in "xy"),
    "objects/shape.dimensions/item",
)
RADAR_FIELDS = (
    *_HEADER,
    *(f"tracks/{name}" for name in ("uuid.uuid", "classification")),
    *(f"tracks/{part}.{axis}" for part in ("position", "velocity", "size") for axis in _XYZ),
)


def _items(messages: Level, items: Level, context: Context) -> dict[str, Any]:
    """The columns that every list has."""
    stamps = stamp_ns(messages, *_HEADER[:2])
    return {
        **common(context, messages.parent[items.parent], stamps[items.parent]),
        "role": object_role(context, len(items.parent)),
        "object_index": items.position,
        "frame_id": messages.text("header.frame_id").take(pa.array(items.parent)),
    }


def _named(codes: Ints, names: Mapping[int, str]) -> pa.Array:
    """The class name of each code; one that is not known is told by its number."""
    kinds, place = np.unique(codes, return_inverse=True)
    return pa.array([names.get(int(kind), f"class_{kind}") for kind in kinds], pa.string()).take(pa.array(place))


def _uuid(level: Level, path: str) -> pa.Array:
    """A 16-byte id as lower-case hex; empty where the definition has none."""
    octets = level.columns.get(path)
    if not isinstance(octets, np.ndarray) or octets.ndim != 2:
        return pa.array([""] * len(level.parent), pa.string())
    digits = np.frombuffer(b"0123456789abcdef", "S1")
    nibbles = np.stack([octets >> 4, octets & 15], axis=2).reshape(len(octets), -1)
    return pa.array(np.ascontiguousarray(digits[nibbles]).view(f"S{nibbles.shape[1]}")[:, 0].astype(np.str_))


def _sizes(items: Level, prefix: str) -> dict[str, Floats]:
    names = zip(("length_m", "width_m", "height_m"), _XYZ, strict=True)
    return {name: items.numbers(f"{prefix}{axis}", 0.0) for name, axis in names}


def autoware_objects(decoded: Decoded, context: Context) -> dict[str, Any]:
    """autoware_perception_msgs Tracked-, Detected- and PredictedObjects.

    The most probable label names the class. The twist is in the axes of the object; here it is turned into those of
    the list. A polygon has the size of its footprint, which is relative to the pose.
    """
    messages, items, labels = (decoded.level(path) for path in ("", "objects", "objects/classification"))
    is_predicted = items.has(f"kinematics.{_KINEMATICS[1]}position.x")
    pose, twist = (f"kinematics.{pair[is_predicted]}" for pair in (_KINEMATICS, _TWIST))
    best = _last_best(labels.parent, labels.numbers("probability"), len(items.parent))
    label = np.append(labels.integers("label"), 0)[best]
    rotation = quaternion(items, f"{pose}orientation")
    speed = rotated(rotation, *(items.numbers(f"{twist}{axis}") for axis in _XYZ))
    is_moving = items.integers("kinematics.has_twist") != 0 if items.has("kinematics.has_twist") else np.True_
    size = _sizes(items, "shape.dimensions.")
    corners = decoded.level("objects/shape.footprint.points")
    if len(corners.parent):
        is_flat = (items.integers("shape.type") == 2) & (size["length_m"] == 0)
        for name, axis in (("length_m", "x"), ("width_m", "y")):
            size[name] = np.where(is_flat, _extent(corners, axis, len(items.parent)), size[name])
    return {
        **_items(messages, items, context),
        "track_id": _uuid(items, "object_id.uuid"),
        "object_class": _named(label, _AUTOWARE_CLASSES),
        "score": measured(items.numbers("existence_probability")),
        **{f"{axis}_m": items.numbers(f"{pose}position.{axis}", 0.0) for axis in _XYZ},
        **rotation,
        **size,
        **{
            name: nullable(value, np.isnan(value) | ~is_moving)
            for name, value in zip(("vx_mps", "vy_mps"), speed, strict=False)
        },
    }


def _last_best(parent: Ints, scores: Floats, count: int) -> Ints:
    """For each of `count` parents the place of its item with the highest score; -1 where it has none."""
    order = np.lexsort((np.nan_to_num(scores, nan=-np.inf), parent))
    best = np.full(count, -1, np.int64)
    best[parent[order]] = order
    return best


def _extent(corners: Level, axis: str, count: int) -> Floats:
    """How far the corners of each of `count` parents reach along `axis`; 0 for one without corners."""
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, corners.parent, corners.numbers(axis))
    np.maximum.at(high, corners.parent, corners.numbers(axis))
    return np.where(high >= low, high - low, 0.0)


def derived_objects(decoded: Decoded, context: Context) -> dict[str, Any]:
    """derived_object_msgs/ObjectArray; the twist is in the axes of the list. Only a box has a size."""
    messages, items, sizes = (decoded.level(path) for path in ("", "objects", "objects/shape.dimensions"))
    extents = np.zeros((3, len(items.parent)))
    is_box = (items.integers("shape.type") == 1)[sizes.parent] & (sizes.position < 3)
    extents[sizes.position[is_box], sizes.parent[is_box]] = sizes.numbers("item")[is_box]
    is_known = items.integers("object_classified") != 0
    return {
        **_items(messages, items, context),
        "track_id": pa.array(items.integers("id")).cast(pa.string()),
        "object_class": _named(np.where(is_known, items.integers("classification"), 0), _DERIVED_CLASSES),
        **{f"{axis}_m": items.numbers(f"pose.position.{axis}", 0.0) for axis in _XYZ},
        **quaternion(items, "pose.orientation"),
        **dict(zip(("length_m", "width_m", "height_m"), extents, strict=True)),
        **{f"v{axis}_mps": measured(items.numbers(f"twist.linear.{axis}")) for axis in "xy"},
    }


def radar_tracks(decoded: Decoded, context: Context) -> dict[str, Any]:
    """radar_msgs/RadarTracks. The type does not say what a velocity is relative to: drive.json must, as
    {"velocity": "over_ground"}; without it there is none.
    """
    messages, items = decoded.messages, decoded.level("tracks")
    is_told = context.rule.get("velocity") == "over_ground"
    speed = {f"v{axis}_mps": measured(items.numbers(f"velocity.{axis}")) for axis in "xy"} if is_told else {}
    return {
        **_items(messages, items, context),
        "track_id": _uuid(items, "uuid.uuid"),
        "object_class": _named(
            np.where(items.integers("classification") == 0, 32_000, items.integers("classification")), _RADAR_CLASSES
        ),
        **{f"{axis}_m": items.numbers(f"position.{axis}", 0.0) for axis in _XYZ},
        **quaternion(items, "orientation"),
        **_sizes(items, "size."),
        **speed,
    }
