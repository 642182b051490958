"""The lanelets of a CommonRoad scenario as rows of bronze.map_lanes."""

from typing import Any

import numpy as np
import pyarrow as pa

from longtail.contracts import conform, contract
from spark_jobs.readers.commonroad_xml import Element
from spark_jobs.readers.source import SourceFile
from spark_jobs.readers.stream_rows import constant

_BOUNDS = {"left": "leftBound", "right": "rightBound"}
_LANE_TYPE = {
    **dict.fromkeys(
        (
            "urban",
            "country",
            "highway",
            "interstate",
            "driveway",
            "maincarriageway",
            "accessramp",
            "exitramp",
            "intersection",
        ),
        "vehicle",
    ),
    "buslane": "bus",
    "bicyclelane": "bike",
    "unknown": None,
}
"""CommonRoad lanelet types as map lane types; others (sidewalk, crosswalk, shoulder ...) stay as they are."""
_NEIGHBOURS = {"left_neighbor_id": "adjacentLeft", "right_neighbor_id": "adjacentRight"}


def map_lanes(source: SourceFile, root: Element) -> pa.Table:
    """One row per vertex of each bound. A lanelet without a number for an id, or with a bad vertex, is left out."""
    rows: list[dict[str, Any]] = []
    for lanelet in root.all("lanelet"):
        try:
            rows += _vertices(lanelet)
        except (KeyError, ValueError):
            continue
    if not rows:
        return contract("bronze.map_lanes").schema.empty_table()
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id}
    columns = {name: constant(value, len(rows)) for name, value in ids.items()}
    columns |= {name: [row[name] for row in rows] for name in rows[0]}
    return conform("bronze.map_lanes", pa.table(columns))


def _vertices(lanelet: Element) -> list[dict[str, Any]]:
    """The rows of one lanelet.

    Raises:
        KeyError, ValueError: it is not whole.
    """
    kind = lanelet.at("laneletType")
    lane_type = kind.text.strip().lower() if kind else None
    shared = {
        "lane_segment_id": int(lanelet.attributes["id"]),
        "lane_type": _LANE_TYPE.get(lane_type, lane_type) if lane_type else None,
        "is_intersection": True if lane_type == "intersection" else None,
        **{name: _neighbour(lanelet, tag) for name, tag in _NEIGHBOURS.items()},
    }
    rows = []
    for side, tag in _BOUNDS.items():
        bound = lanelet.at(tag)
        if bound is None:
            raise KeyError(tag)
        mark = bound.at("lineMarking")
        for index, point in enumerate(bound.all("point")):
            x, y, z = (point.number(axis) for axis in "xyz")
            if x is None or y is None or not np.isfinite([x, y, z or 0.0]).all():
                raise ValueError("a vertex without a place")
            place = {"x_map_m": x, "y_map_m": y, "z_map_m": z or 0.0}
            mark_type = mark.text.strip() if mark else None
            rows.append({**shared, "side": side, "mark_type": mark_type, "vertex_index": index, **place})
    return rows


def _neighbour(lanelet: Element, tag: str) -> int | None:
    """The lanelet beside this one that leads the same way."""
    beside = lanelet.at(tag)
    if beside is None or beside.attributes.get("drivingDir") != "same":
        return None
    return int(beside.attributes["ref"])
