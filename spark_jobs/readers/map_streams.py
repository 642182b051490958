"""longtail.MapElements to rows of bronze.map_elements: lanes, roads, intersections and crosswalks as outlines."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.readers.columns import Decoded, DecodeError, Ints
from spark_jobs.readers.stream_rows import Context, Floats, constant, measured

ELEMENT_FIELDS = ("element_id", "kind", "polygon_xy_m")
ELEMENT_STRUCTURE = json.dumps(
    {
        "elements": [
            {
                **dict.fromkeys(("element_id", "kind", "turn"), "VARCHAR"),
                "polygon_xy_m": "JSON",
                "speed_limit_mps": "DOUBLE",
            }
        ]
    }
)
"""The outline is a list of lists, which no column of numbers can hold: it stays JSON text until here."""


def map_elements(decoded: Decoded, context: Context) -> dict[str, Any]:
    """One row per vertex of each element of longtail.MapElements.

    Raises:
        DecodeError: an outline is not a list of three or more [x, y] in metres.
    """
    items = decoded.level("elements")
    ids = items.text("element_id")
    pairs = zip(ids.to_pylist(), items.text("polygon_xy_m").to_pylist(), strict=True)
    rings = [_ring(element_id, text) for element_id, text in pairs]
    element, columns = vertices(rings)
    record = context.records.record_index[decoded.messages.parent[items.parent]]
    texts = {name: pc.utf8_lower(items.text(name)).take(pa.array(element)) for name in ("kind", "turn")}
    source = context.source
    return {
        "project_id": constant(source.project_id, len(element)),
        "drive_id": constant(source.drive_id, len(element)),
        "file_id": constant(source.file_id, len(element)),
        "record_index": record[element],
        "topic": constant(context.topic, len(element)),
        "element_id": ids.take(pa.array(element)),
        **columns,
        **texts,
        "speed_limit_mps": measured(items.numbers("speed_limit_mps")[element]),
    }


def vertices(rings: Sequence[Floats]) -> tuple[Ints, dict[str, Any]]:
    """(element of each row, columns vertex_index, x_map_m and y_map_m) of outlines (k, 2)."""
    sizes = [len(ring) for ring in rings]
    points = np.concatenate([*rings, np.empty((0, 2))])
    index = np.concatenate([*(np.arange(size) for size in sizes), np.empty(0, np.int64)])
    element = np.repeat(np.arange(len(rings)), sizes)
    return element, {"vertex_index": index.astype(np.int64), "x_map_m": points[:, 0], "y_map_m": points[:, 1]}


def _ring(element_id: str, text: str) -> Floats:
    try:
        ring = np.array(json.loads(text), np.float64)
    except (ValueError, TypeError, RecursionError):
        ring = np.empty(0)
    if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3 or not np.isfinite(ring).all():
        raise DecodeError(f"the outline of {element_id[:60]} is no list of three or more [x, y]", "bad_polygon")
    return ring
