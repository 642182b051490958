"""Images and point clouds to rows: where each message is, never what it shows."""

from typing import Any

import numpy as np

from spark_jobs.readers.columns import Decoded, Level, Text
from spark_jobs.readers.stream_rows import Context, common, nullable, stamp_ns

_ROS = ("header.stamp.sec", "header.stamp.nanosec", "header.frame_id")
_FOXGLOVE = ("timestamp.seconds", "timestamp.nanos", "frame_id")
IMAGE_FIELDS = (*_ROS, "format")
RAW_IMAGE_FIELDS = (*_ROS, "encoding")
FOXGLOVE_IMAGE_FIELDS = (*_FOXGLOVE, "format")
FOXGLOVE_RAW_IMAGE_FIELDS = (*_FOXGLOVE, "encoding")
POINT_CLOUD_FIELDS = (*_ROS, "height", "width", "point_step")
FOXGLOVE_POINT_CLOUD_FIELDS = (*_FOXGLOVE, "point_stride", "data")


def _sensor(level: Level, context: Context) -> dict[str, Any]:
    """The columns that images and clouds share: ids, times, frame and place."""
    seconds, nanoseconds, frame = _ROS if level.has(_ROS[0]) else _FOXGLOVE
    chunk_offset = context.records.chunk_offset[level.parent]
    return {
        **common(context, level.parent, stamp_ns(level, seconds, nanoseconds)),
        "frame_id": level.text(frame),
        "chunk_offset": nullable(chunk_offset, chunk_offset < 0),
        "payload_offset": context.records.payload_offset[level.parent],
        "num_payload_bytes": context.records.length[level.parent],
    }


def images(decoded: Decoded, context: Context) -> dict[str, Any]:
    """Images and video packets, compressed or not: sensor_msgs, foxglove, or of a kind that only drive.json knows."""
    level = decoded.messages
    return {**_sensor(level, context), "image_format": level.text("format" if level.has("format") else "encoding")}


def point_clouds(decoded: Decoded, context: Context) -> dict[str, Any]:
    """sensor_msgs/PointCloud2, or a cloud of a kind that only drive.json knows."""
    level = decoded.messages
    rows = _sensor(level, context)
    if not level.has("width"):
        return rows
    width, height = level.integers("width"), level.integers("height")
    is_flat = height <= 1
    return {
        **rows,
        "num_points": width * height,
        "num_columns": nullable(width, is_flat),
        "num_rows": nullable(height, is_flat),
        "num_point_bytes": level.integers("point_step"),
    }


def foxglove_point_clouds(decoded: Decoded, context: Context) -> dict[str, Any]:
    """foxglove.PointCloud: its number of points follows from the size of the data."""
    level = decoded.messages
    stride, data = level.integers("point_stride"), level.columns.get("data")
    size = data.length if isinstance(data, Text) else np.zeros(len(stride), np.int64)
    return {
        **_sensor(level, context),
        "num_points": nullable(size // np.maximum(stride, 1), stride <= 0),
        "num_point_bytes": stride,
    }
