"""Polylines of lane boundaries to rows: nav_msgs/Path and lines of foxglove.SceneUpdate, as cubics in the ego frame."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.readers.columns import Decoded, DecodeError, Ints
from spark_jobs.readers.stream_rows import Context, Floats, common, constant, quaternion, rotated, stamp_ns

_STAMP = ("header.stamp.sec", "header.stamp.nanosec")
PATH_FIELDS = (*_STAMP, "header.frame_id", *(f"poses/pose.position.{axis}" for axis in "xyz"))
_LINE = (*(f"pose.position.{axis}" for axis in "xyz"), *(f"pose.orientation.{axis}" for axis in "xyzw"))
SCENE_LINE_FIELDS = (
    *(f"entities/{name}" for name in ("timestamp.seconds", "timestamp.nanos", "frame_id", "id")),
    *(f"entities/lines/{name}" for name in ("type", *_LINE)),
    *(f"entities/lines/points/{axis}" for axis in "xyz"),
)
EGO_FRAMES = ("", "ego", "base_link")
SIDES = {"left": "ego_left", "right": "ego_right"}
_KNOWN_SIDES = ("ego_left", "ego_right", "next_left", "next_right")
_LINE_LIST = 2


def path_boundary(decoded: Decoded, context: Context) -> dict[str, Any]:
    """nav_msgs/Path as one boundary per message, on the side that drive.json gives to the topic.

    Raises:
        DecodeError: it is not in the ego frame, or drive.json names no side.
    """
    messages, points = decoded.messages, decoded.level("poses")
    _check_frames(messages.text("header.frame_id"))
    side = _side(context)
    if side is None:
        raise DecodeError(f"drive.json does not say which side {context.topic} is", "no_side")
    rows, curve = _cubics(points.parent, *(points.numbers(f"pose.position.{axis}") for axis in "xy"))
    return {
        **common(context, messages.parent[rows], stamp_ns(messages, *_STAMP)[rows]),
        "boundary_index": np.zeros(len(rows), np.int64),
        "side": constant(side, len(rows)),
        **curve,
    }


def scene_lines(decoded: Decoded, context: Context) -> dict[str, Any]:
    """The line strips of foxglove.SceneUpdate as boundaries; the entity's id is the side where drive.json names none.

    Raises:
        DecodeError: they are not in the ego frame.
    """
    messages, entities, lines = (decoded.level(path) for path in ("", "entities", "entities/lines"))
    points = decoded.level("entities/lines/points")
    names = pc.utf8_lower(entities.text("id"))
    declared = _side(context)
    side = pa.array([declared or SIDES.get(name, name) for name in names.to_pylist()], pa.string())
    is_used = np.asarray(pc.is_in(side, pa.array(_KNOWN_SIDES)))[lines.parent] & (lines.integers("type") != _LINE_LIST)
    kept = np.nonzero(is_used[points.parent])[0]
    points = points.take(kept)
    _check_frames(entities.text("frame_id").take(pa.array(lines.parent[np.unique(points.parent)])))
    rotation = {name: value[points.parent] for name, value in quaternion(lines, "pose.orientation").items()}
    turned = rotated(rotation, *(points.numbers(axis) for axis in "xyz"))
    x, y = (turned[k] + lines.numbers(f"pose.position.{axis}", 0.0)[points.parent] for k, axis in enumerate("xy"))
    rows, curve = _cubics(points.parent, x, y)
    entity = lines.parent[rows]
    message = entities.parent[entity]
    first = np.searchsorted(message, message)
    stamps = stamp_ns(entities, "timestamp.seconds", "timestamp.nanos")
    return {
        **common(context, messages.parent[message], stamps[entity]),
        "boundary_index": np.arange(len(rows)) - first,
        "side": side.take(pa.array(entity)),
        **curve,
    }


def _side(context: Context) -> str | None:
    declared = context.rule.get("side")
    return SIDES.get(declared, declared) if isinstance(declared, str) else None


def _check_frames(frames: pa.Array) -> None:
    others = [name for name in pc.unique(frames).to_pylist() if (name or "").lower() not in EGO_FRAMES]
    if others:
        raise DecodeError(f"a lane boundary in frame {others[0][:60]!r}; only the ego frame can be used", "bad_frame")


def _cubics(owner: Ints, x: Floats, y: Floats) -> tuple[Ints, dict[str, Any]]:
    """(owners, columns) of the cubic y(x) nearest to the points of each owner, by least squares.

    Fewer than four points give a curve of as many terms; an owner with fewer than two, or without extent in x, none.
    """
    is_point = np.isfinite(x) & np.isfinite(y)
    owner, x, y = owner[is_point], x[is_point], y[is_point]
    owners, place, count = np.unique(owner, return_inverse=True, return_counts=True)
    low, high = np.full(len(owners), np.inf), np.full(len(owners), -np.inf)
    np.minimum.at(low, place, x)
    np.maximum.at(high, place, x)
    # Scaled to -1..1 the normal equations keep nine digits; a term that the points do not carry is held at zero.
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1e-9)
    powers = ((x - middle[place]) / half[place])[:, None] ** np.arange(4)
    normal, right = np.zeros((len(owners), 4, 4)), np.zeros((len(owners), 4))
    np.add.at(normal, place, powers[:, :, None] * powers[:, None, :])
    np.add.at(right, place, powers * y[:, None])
    for term in range(2, 4):
        is_held = count <= term
        normal[is_held, term, :], normal[is_held, :, term], right[is_held, term] = 0.0, 0.0, 0.0
        normal[is_held, term, term] = 1.0
    scaled = np.einsum("nij,nj->ni", np.linalg.pinv(normal, hermitian=True), right) / half[:, None] ** np.arange(4)
    a, b, c, d = scaled.T
    terms = (a - middle * (b - middle * (c - middle * d)), b - middle * (2 * c - 3 * middle * d), c - 3 * middle * d, d)
    is_curve = (count > 1) & (high - low > 1e-6)
    names = ("c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m")
    return owners[is_curve], {name: value[is_curve] for name, value in zip(names, (*terms, low, high), strict=True)}
