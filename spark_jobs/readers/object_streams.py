"""Object lists to rows: vision_msgs/Detection3DArray and foxglove.SceneUpdate. An empty list gives no row here."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.readers.columns import Decoded, Ints, Level
from spark_jobs.readers.stream_rows import Context, Floats, common, constant, measured, nullable, quaternion, stamp_ns

_BOX = tuple(f"bbox.{name}" for name in ("center.position.x", "center.position.y", "center.position.z")) + tuple(
    f"bbox.{name}"
    for name in (
        *(f"center.orientation.{axis}" for axis in "xyzw"),
        *(f"size.{axis}" for axis in "xyz"),
    )
)
DETECTION_FIELDS = (
    "header.stamp.sec",
    "header.stamp.nanosec",
    "header.frame_id",
    *(f"detections/{name}" for name in (*_BOX, "id", "tracking_id")),
    # vision_msgs 3 and 4 keep class and score in `hypothesis`, version 2 keeps them in the result itself.
    *(f"detections/results/{name}" for name in ("hypothesis.class_id", "hypothesis.score", "id", "score")),
)
_CUBE = tuple(f"pose.position.{axis}" for axis in "xyz") + tuple(f"pose.orientation.{axis}" for axis in "xyzw")
SCENE_FIELDS = (
    *(f"entities/{name}" for name in ("timestamp.seconds", "timestamp.nanos", "frame_id", "id")),
    "entities/metadata/key",
    "entities/metadata/value",
    *(f"entities/cubes/{name}" for name in (*_CUBE, "size.x", "size.y", "size.z")),
)
_CLASS_KEYS = ("class", "category", "object_class")


def _box(level: Level, pose: str, size: str) -> dict[str, Any]:
    """Box pose and size in the frame of the list; length, width and height lie along its x, y and z."""
    return {
        **{f"{axis}_m": level.numbers(f"{pose}position.{axis}", 0.0) for axis in "xyz"},
        **quaternion(level, f"{pose}orientation"),
        "length_m": level.numbers(f"{size}.x", 0.0),
        "width_m": level.numbers(f"{size}.y", 0.0),
        "height_m": level.numbers(f"{size}.z", 0.0),
    }


def object_role(context: Context, count: int) -> pa.Array:
    """The role that drive.json gives to the topic; onboard without one."""
    return constant("reference" if context.rule.get("role") == "reference" else "onboard", count)


def _known(names: pa.Array) -> pa.Array:
    """Class names in lower case; an empty or missing one is unknown."""
    lower = pc.utf8_lower(pc.fill_null(names, ""))
    return pc.if_else(pc.equal(lower, ""), "unknown", lower)


def detections(decoded: Decoded, context: Context) -> dict[str, Any]:
    """vision_msgs/Detection3DArray: the best result of each detection names its class."""
    messages, items, results = (decoded.level(path) for path in ("", "detections", "detections/results"))
    stamps = stamp_ns(messages, "header.stamp.sec", "header.stamp.nanosec")
    prefix = "hypothesis." if results.has("hypothesis.score") else ""
    scores = results.numbers(f"{prefix}score")
    best = _best(results.parent, scores, len(items.parent))
    has_result = best >= 0
    named = results.text(f"{prefix}class_id" if prefix else "id")
    track = items.text("tracking_id" if items.has("tracking_id") else "id")
    return {
        **common(context, messages.parent[items.parent], stamps[items.parent]),
        "role": object_role(context, len(items.parent)),
        "object_index": items.position,
        "track_id": pc.fill_null(track, ""),
        "object_class": _known(named if best is results.parent else named.take(pa.array(best, mask=~has_result))),
        "score": measured(np.where(has_result, np.append(scores, np.nan)[best], np.nan)),
        "frame_id": messages.text("header.frame_id").take(pa.array(items.parent)),
        **_box(items, "bbox.center.", "bbox.size"),
    }


def _best(owner: Ints, scores: Floats, count: int) -> Ints:
    """The result with the highest score of each of `count` detections; -1 where there is none."""
    if _is_each(owner, count):
        return owner
    order = np.lexsort((np.nan_to_num(scores, nan=-np.inf), owner))
    best = np.full(count, -1, np.int64)
    best[owner[order]] = order
    return best


def _is_each(rows: Ints, count: int) -> bool:
    """True for 0, 1, 2 ... count - 1: usually each detection has one result, and each entity one cube."""
    return len(rows) == count and np.array_equal(rows, np.arange(count))


def _taken(values: pa.Array, rows: Ints) -> pa.Array:
    return values if _is_each(rows, len(values)) else values.take(pa.array(rows))


def scene_update(decoded: Decoded, context: Context) -> dict[str, Any]:
    """foxglove.SceneUpdate: each cube is an object; its entity's id is the track, the metadata has the class."""
    messages, entities, cubes = (decoded.level(path) for path in ("", "entities", "entities/cubes"))
    owner = cubes.parent
    message = entities.parent[owner]
    stamps = stamp_ns(entities, "timestamp.seconds", "timestamp.nanos")
    return {
        **common(context, messages.parent[message], stamps[owner]),
        "role": object_role(context, len(owner)),
        "object_index": _position_in_message(message),
        "track_id": _taken(pc.fill_null(entities.text("id"), ""), owner),
        "object_class": _known(_taken(_classes(decoded.level("entities/metadata"), len(entities.parent)), owner)),
        "frame_id": _taken(entities.text("frame_id"), owner),
        **_box(cubes, "pose.", "size"),
    }


def _classes(metadata: Level, num_entities: int) -> pa.Array:
    """The class per entity; null without such a pair."""
    is_class = np.asarray(
        pc.is_in(metadata.text("key"), pa.array(_CLASS_KEYS)).to_numpy(zero_copy_only=False), np.bool_
    )
    found = np.full(num_entities, -1, np.int64)
    found[metadata.parent[is_class]] = np.nonzero(is_class)[0]
    values = metadata.text("value")
    return values if _is_each(found, len(values)) else values.take(nullable(found, found < 0))


def _position_in_message(message: Ints) -> Ints:
    """0, 1, 2 ... within each run of equal values."""
    if not len(message):
        return message
    is_first = np.append(True, message[1:] != message[:-1])
    return np.arange(len(message)) - np.maximum.accumulate(np.where(is_first, np.arange(len(message)), 0))
