"""Argoverse 2 log files to rows: annotations, ego poses and the vector map."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from longtail.contracts import conform
from spark_jobs.readers import av2_map
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task
from spark_jobs.readers.stream_rows import constant

Rows = Iterator[tuple[str, pa.Table]]
_QUATERNION = {"qw": "q_w", "qx": "q_x", "qy": "q_y", "qz": "q_z"}
_POSE = ("timestamp_ns", *_QUATERNION, "tx_m", "ty_m", "tz_m")
_NEEDED = {
    "av2_annotations": ("track_uuid", "category", "length_m", "width_m", "height_m", *_POSE),
    "av2_poses": _POSE,
}
_EGO_CATEGORY = "EGO_VEHICLE"
"""The annotations of the scenario-mining set list the ego itself as a track; it is no object."""


def plan(source: SourceFile) -> FilePlan:
    """One task per file: a log has 16 s. The format keeps no statistics of its own."""
    try:
        if source.format == "av2_map":
            av2_map.tables(source)
            return FilePlan(source, [Task(source, 0, 1, 0)])
        table = feather.read_table(source.path, memory_map=False)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        detail = f"{Path(source.path).name}: {type(error).__name__}: {error}"[:500]
        return FilePlan(source, [], problems=[Problem("bad_av2", detail, byte_offset=0)])
    missing = sorted(set(_NEEDED[source.format]) - set(table.column_names))
    if missing:
        return FilePlan(source, [], problems=[Problem("bad_schema", f"columns {', '.join(missing)} are missing")])
    return FilePlan(source, [Task(source, 0, table.num_rows, 0)] if table.num_rows else [])


def read(task: Task) -> Rows:
    """Rows of the file. A record is one list of annotations, or one pose; the map has no records."""
    if task.source.format == "av2_map":
        yield from av2_map.tables(task.source).items()
    elif task.source.format == "av2_poses":
        yield from _poses(task.source)
    else:
        yield from _annotations(task.source)


def _annotations(source: SourceFile) -> Rows:
    table = feather.read_table(source.path, memory_map=False)
    times, record = np.unique(table.column("timestamp_ns").to_numpy(), return_inverse=True)
    is_object = np.asarray(pc.not_equal(table.column("category"), _EGO_CATEGORY).to_numpy(), np.bool_)
    table, record = table.filter(pa.array(is_object)), record[is_object].astype(np.int64)
    has_points = "num_interior_pts" in table.column_names
    columns = {
        **_common(source, "annotations", record, times[record]),
        "role": constant("reference", len(record)),
        "object_index": _positions(record),
        "track_id": table.column("track_uuid"),
        "object_class": pc.utf8_lower(table.column("category")),
        "frame_id": constant("ego", len(record)),
        **{f"{axis}_m": table.column(f"t{axis}_m") for axis in "xyz"},
        **{name: table.column(column) for column, name in _QUATERNION.items()},
        **{name: table.column(name) for name in ("length_m", "width_m", "height_m")},
        **({"num_lidar_points": table.column("num_interior_pts")} if has_points else {}),
    }
    yield "bronze.objects", conform("bronze.objects", pa.table(columns))
    yield "bronze.messages", _messages(source, "annotations", "objects", times)


def _poses(source: SourceFile) -> Rows:
    """Ego poses. The Argoverse ego frame has its origin at the centre of the rear axle, x forward, y left, z up."""
    table = feather.read_table(source.path, memory_map=False)
    times = table.column("timestamp_ns").to_numpy()
    columns = {
        **_common(source, "city_SE3_egovehicle", np.arange(len(times)), times),
        "frame_id": constant("city", len(times)),
        **{f"{axis}_map_m": table.column(f"t{axis}_m") for axis in "xyz"},
        **{name: table.column(column) for column, name in _QUATERNION.items()},
    }
    yield "bronze.ego_poses", conform("bronze.ego_poses", pa.table(columns))
    yield "bronze.messages", _messages(source, "city_SE3_egovehicle", "ego_poses", times)


def _common(source: SourceFile, topic: str, record: npt.NDArray[np.int64], times: npt.NDArray[Any]) -> dict[str, Any]:
    count = len(record)
    stamps = {"record_index": record, "log_time_ns": times, "sensor_time_ns": times}
    return {**_ids(source, count), "topic": constant(topic, count), **stamps}


def _messages(source: SourceFile, topic: str, stream: str, times: npt.NDArray[Any]) -> pa.Table:
    count = len(times)
    columns = _common(source, topic, np.arange(count), times)
    del columns["sensor_time_ns"]
    columns |= {"message_encoding": constant("feather", count), "stream": constant(stream, count)}
    columns |= {"num_payload_bytes": np.zeros(count, np.int64), "crc32": np.zeros(count, np.int64)}
    return conform("bronze.messages", pa.table(columns))


def _positions(record: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each row its place among the rows of the same record, in file order."""
    order = np.argsort(record, kind="stable")
    starts = np.zeros(len(record), np.int64)
    is_first = np.append(True, np.diff(record[order]) != 0) if len(record) else np.empty(0, np.bool_)
    starts = np.maximum.accumulate(np.where(is_first, np.arange(len(record)), 0)) if len(record) else starts
    positions = np.empty(len(record), np.int64)
    positions[order] = np.arange(len(record)) - starts
    return positions


def _ids(source: SourceFile, count: int) -> dict[str, Any]:
    ids = {"project_id": source.project_id, "drive_id": source.drive_id, "file_id": source.file_id}
    return {name: constant(value, count) for name, value in ids.items()}
