"""Bus and lane messages to rows: can_msgs/Frame, longtail.LaneBoundaries."""

import json
import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.readers.columns import Decoded, DecodeError, Text
from spark_jobs.readers.stream_rows import Context, common, constant, measured, stamp_ns

_STAMP = ("header.stamp.sec", "header.stamp.nanosec")
CAN_FIELDS = (*_STAMP, "id", "is_rtr", "is_extended", "is_error", "dlc", "data")
LANE_FIELDS = ("c0_m", "c1", "c2_1pm", "c3_1pm2", "x_min_m", "x_max_m")
LANE_STRUCTURE = json.dumps(
    {
        "header": {"stamp": {"sec": "BIGINT", "nanosec": "BIGINT"}, "frame_id": "VARCHAR"},
        "boundaries": [
            {
                **dict.fromkeys(("side", "type"), "VARCHAR"),
                **dict.fromkeys((*LANE_FIELDS, "quality"), "DOUBLE"),
            }
        ],
    }
)
_SIDES = {"left": "ego_left", "right": "ego_right"}
_BUS = re.compile(r"(\d+)(?=\D*$)")


def bus_of(context: Context) -> int:
    """The bus number: from drive.json, else the last number in the topic, else 0."""
    declared = context.rule.get("bus")
    if isinstance(declared, int):
        return declared
    found = _BUS.search(context.topic)
    return int(found[1]) if found else 0


def can_frames(decoded: Decoded, context: Context) -> dict[str, Any]:
    """can_msgs/Frame. Remote and error frames carry no data: they stay messages without a frame row."""
    level = decoded.messages
    is_data = (level.integers("is_rtr") == 0) & (level.integers("is_error") == 0)
    level = level.take(np.nonzero(is_data)[0])
    is_extended = level.integers("is_extended") != 0
    octets = level.columns.get("data")
    if not isinstance(octets, np.ndarray) or octets.ndim != 2:
        raise DecodeError("can_msgs/Frame without a fixed data array", "bad_schema")
    num_data_bytes = np.minimum(level.integers("dlc"), octets.shape[1])
    return {
        **common(context, level.parent, stamp_ns(level, *_STAMP)),
        "bus": constant(bus_of(context), len(level.parent)),
        "can_id": level.integers("id") & np.where(is_extended, 0x1FFFFFFF, 0x7FF),
        "is_extended": is_extended,
        "is_received": constant(context.rule.get("is_received") is not False, len(level.parent)),
        "num_data_bytes": num_data_bytes,
        "data": frame_data(octets.astype(np.uint8), num_data_bytes),
    }


def frame_data(octets: npt.NDArray[np.uint8], lengths: npt.NDArray[np.int64]) -> pa.Array:
    """Rows of `octets` (frames x width) cut to `lengths`, as Arrow binary."""
    start = np.arange(len(octets)) * octets.shape[1]
    return Text(np.ascontiguousarray(octets).reshape(-1), start, lengths).to_binary()


def lane_boundaries(decoded: Decoded, context: Context) -> dict[str, Any]:
    """longtail.LaneBoundaries. `side` in drive.json holds where a boundary names none."""
    messages, items = decoded.messages, decoded.level("boundaries")
    stamps = stamp_ns(messages, *_STAMP)
    declared = str(context.rule.get("side", ""))
    side = pc.coalesce(items.text("side"), pa.scalar(_SIDES.get(declared, declared) or "unknown"))
    return {
        **common(context, messages.parent[items.parent], stamps[items.parent]),
        "boundary_index": items.position,
        "side": side,
        **{name: items.numbers(name) for name in LANE_FIELDS},
        "boundary_type": items.text("type"),
        "quality": measured(items.numbers("quality")),
    }
