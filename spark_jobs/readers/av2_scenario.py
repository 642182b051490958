"""Argoverse 2 motion forecasting scenarios (scenario_<id>.parquet) to rows: tracks in the city frame, the AV as ego.

The position of the track "AV" is the origin of the vehicle's ego frame: in bends its velocity stays along its heading,
as only the rear axle's does. The scenarios have no box sizes and no heights: sizes are nominal per class, z is 0.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from longtail.contracts import conform
from spark_jobs.readers.source import FilePlan, Problem, SourceFile, Task, yield_quarantine
from spark_jobs.readers.stream_rows import constant
from spark_jobs.readers.text_lines import Floats, Ints, common

Rows = Iterator[tuple[str, pa.Table]]
AV = "AV"
_NUMBERS = ("position_x", "position_y", "heading", "velocity_x", "velocity_y")
_NEEDED = ("track_id", "object_type", "object_category", "timestep", *_NUMBERS, "start_timestamp", "end_timestamp",
           "num_timestamps")  # fmt: skip
NOMINAL_SIZE_M = {
    "vehicle": (4.0, 2.0, 1.5),
    "bus": (7.0, 2.1, 3.0),
    "pedestrian": (0.7, 0.7, 1.7),
    "motorcyclist": (2.0, 0.7, 1.5),
    "cyclist": (2.0, 0.7, 1.5),
    "riderless_bicycle": (2.0, 0.7, 1.0),
}
"""Length, width and height by class: the data set has none. What is not listed is a 1 m cube."""
_CATEGORY = ("fragment", "unscored", "scored", "focal")
_MAX_ROWS = 5_000_000


def plan(source: SourceFile) -> FilePlan:
    """One task per file: a scenario has 11 s. The count of rows is in the file."""
    try:
        with parquet.ParquetFile(source.path) as file:
            names, num_rows = file.schema_arrow.names, file.metadata.num_rows
    except (OSError, ValueError) as error:
        detail = f"{Path(source.path).name}: {type(error).__name__}: {error}"[:500]
        return FilePlan(source, [], problems=[Problem("bad_av2", detail, byte_offset=0)])
    missing = sorted(set(_NEEDED) - set(names))
    if missing:
        return FilePlan(source, [], problems=[Problem("bad_schema", f"columns {', '.join(missing)} are missing")])
    if num_rows > _MAX_ROWS:
        return FilePlan(source, [], problems=[Problem("over_budget", f"{num_rows} rows; {_MAX_ROWS} are read")])
    return FilePlan(source, [Task(source, 0, num_rows, 0)] if num_rows else [], num_rows)


def read(task: Task) -> Rows:
    """Rows of the file. A record is a row: one track at one time step; a row without a place is put aside."""
    source = task.source
    table = parquet.read_table(source.path, columns=list(_NEEDED))
    values = np.stack([np.asarray(table.column(name).to_numpy(), np.float64) for name in _NUMBERS], axis=1)
    step = table.column("timestep").to_numpy()
    when = _when(table, step)
    is_good = np.isfinite(values).all(axis=1) & (when >= 0)
    bad = [Problem("bad_row", "a number is not finite", record_index=int(n), num_messages=1)
           for n in np.flatnonzero(~is_good)]  # fmt: skip
    yield from yield_quarantine(source, bad)
    index = np.flatnonzero(is_good)
    table, values, when, step = table.filter(pa.array(is_good)), values[index], when[index], step[index]
    is_ego = np.asarray(pc.equal(table.column("track_id"), AV).to_numpy(), np.bool_)
    yield "bronze.messages", _messages(source, table, index, when, is_ego)
    if is_ego.any():
        yield "bronze.ego_poses", _ego_poses(source, index[is_ego], when[is_ego], values[is_ego])
    if not is_ego.all():
        others = ~is_ego
        kept = table.filter(pa.array(others))
        yield "bronze.objects", _objects(source, kept, index[others], when[others], values[others], step[others])


def _when(table: pa.Table, step: Ints) -> Ints:
    """ns of each row: the steps divide the interval evenly; -1 where the file's own figures are no times."""
    start, end = (table.column(name).to_numpy() for name in ("start_timestamp", "end_timestamp"))
    count = table.column("num_timestamps").to_numpy()
    is_time = np.isfinite(start) & np.isfinite(end) & (start > 0) & (end >= start) & (end < 2.0**62) & (count > 1)
    origin = np.where(is_time, start, 0).astype(np.int64)
    span = np.where(is_time, end, 0).astype(np.int64) - origin
    return np.where(is_time & (step >= 0) & (step < count), origin + span * step // np.maximum(count - 1, 1), -1)


def _messages(source: SourceFile, table: pa.Table, index: Ints, when: Ints, is_ego: np.ndarray) -> pa.Table:
    category = np.clip(table.column("object_category").to_numpy(), 0, 3)
    columns = {
        **common(source, "scenario", index, when),
        "schema_name": [f"av2/{_CATEGORY[each]}_track" for each in category],
        "message_encoding": constant("parquet", len(index)),
        "stream": np.where(is_ego, "ego_poses", "objects"),
        "num_payload_bytes": np.zeros(len(index), np.int64),
        "crc32": np.zeros(len(index), np.int64),
    }
    return conform("bronze.messages", pa.table(columns))


def turns(heading: Floats) -> dict[str, Floats]:
    """Headings about z as quaternion columns."""
    zero = np.zeros(len(heading))
    return {"q_w": np.cos(heading / 2), "q_x": zero, "q_y": zero, "q_z": np.sin(heading / 2)}


def _ego_poses(source: SourceFile, index: Ints, when: Ints, values: Floats) -> pa.Table:
    x, y, heading, vx, vy = values.T
    columns = {
        **common(source, "scenario", index, when),
        "sensor_time_ns": when,
        "frame_id": constant("city", len(index)),
        "x_map_m": x,
        "y_map_m": y,
        "z_map_m": np.zeros(len(index)),
        **turns(heading),
        "vx_ego_mps": np.cos(heading) * vx + np.sin(heading) * vy,
        "vy_ego_mps": np.cos(heading) * vy - np.sin(heading) * vx,
    }
    return conform("bronze.ego_poses", pa.table(columns))


def _objects(source: SourceFile, table: pa.Table, index: Ints, when: Ints, values: Floats, step: Ints) -> pa.Table:
    x, y, heading, vx, vy = values.T
    classes = [str(name).lower() for name in table.column("object_type").to_pylist()]
    size = np.array([NOMINAL_SIZE_M.get(name, (1.0, 1.0, 1.0)) for name in classes])
    order = np.argsort(step, kind="stable")
    place = np.empty(len(step), np.int64)
    first = np.searchsorted(step[order], step[order])
    place[order] = np.arange(len(step)) - first
    columns = {
        **common(source, "scenario", index, when),
        "sensor_time_ns": when,
        "role": constant("reference", len(index)),
        "object_index": place,
        "track_id": table.column("track_id"),
        "object_class": classes,
        "frame_id": constant("city", len(index)),
        "x_m": x,
        "y_m": y,
        "z_m": size[:, 2] / 2,
        **turns(heading),
        **dict(zip(("length_m", "width_m", "height_m"), size.T, strict=True)),
        "vx_mps": vx,
        "vy_mps": vy,
    }
    return conform("bronze.objects", pa.table(columns))
