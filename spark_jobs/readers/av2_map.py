"""The vector map of an Argoverse 2 log to rows: lane boundaries, areas made for driving, crosswalks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from longtail.contracts import conform
from spark_jobs.readers.map_streams import vertices
from spark_jobs.readers.source import SourceFile
from spark_jobs.readers.stream_rows import Floats, constant


def tables(source: SourceFile) -> dict[str, pa.Table]:
    """bronze.map_lanes and bronze.map_elements of the map.

    Raises:
        OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError: it is no such map.
    """
    content = json.loads(Path(source.path).read_bytes())
    return {"bronze.map_lanes": _map_lanes(source, content), "bronze.map_elements": _map_elements(source, content)}


def _lanes(content: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict per vertex of each lane boundary."""
    rows = []
    for segment in content["lane_segments"].values():
        for side in ("left", "right"):
            shared = {
                "lane_segment_id": int(segment["id"]),
                "side": side,
                "lane_type": str(segment["lane_type"]).lower() if segment.get("lane_type") else None,
                "mark_type": segment.get(f"{side}_lane_mark_type"),
                "is_intersection": segment.get("is_intersection"),
                "left_neighbor_id": segment.get("left_neighbor_id"),
                "right_neighbor_id": segment.get("right_neighbor_id"),
            }
            for index, vertex in enumerate(segment[f"{side}_lane_boundary"]):
                place = {f"{axis}_map_m": float(vertex[axis]) for axis in "xyz"}
                rows.append({**shared, "vertex_index": index, **place})
    return rows


def _outlines(content: dict[str, Any]) -> list[tuple[str, str, Floats]]:
    """(id, kind, outline (k, 2)) of the areas made for driving and of the crosswalks; a map may have neither."""
    areas = content.get("drivable_areas", {}).values()
    found = [(f"area {area['id']}", "road", _line(area["area_boundary"])) for area in areas]
    for crossing in content.get("pedestrian_crossings", {}).values():
        one, other = (_line(crossing[edge]) for edge in ("edge1", "edge2"))
        is_same_way = (one[-1] - one[0]) @ (other[-1] - other[0]) > 0
        ring = np.concatenate([one, other[::-1] if is_same_way else other])
        found.append((f"crossing {crossing['id']}", "crosswalk", ring))
    return found


def _line(points: list[dict[str, float]]) -> Floats:
    return np.array([(point["x"], point["y"]) for point in points], np.float64)


def _map_lanes(source: SourceFile, content: dict[str, Any]) -> pa.Table:
    rows = pa.Table.from_pylist(_lanes(content))
    columns = {**_ids(source, rows.num_rows), **{name: rows.column(name) for name in rows.column_names}}
    return conform("bronze.map_lanes", pa.table(columns))


def _map_elements(source: SourceFile, content: dict[str, Any]) -> pa.Table:
    outlines = _outlines(content)
    element, place = vertices([ring for _, _, ring in outlines])
    names = {
        name: pa.array([each[k] for each in outlines], pa.string()) for k, name in enumerate(("element_id", "kind"))
    }
    columns = {
        **_ids(source, len(element)),
        "topic": constant("map", len(element)),
        **{name: values.take(pa.array(element)) for name, values in names.items()},
        **place,
    }
    return conform("bronze.map_elements", pa.table(columns))


def _ids(source: SourceFile, count: int) -> dict[str, Any]:
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id}
    return {name: constant(value, count) for name, value in ids.items()}
