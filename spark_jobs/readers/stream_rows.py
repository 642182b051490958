"""What the rows of every stream have in common: ids, topic, record and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from spark_jobs.readers.columns import Ints, Level
from spark_jobs.readers.mcap_chunks import Records
from spark_jobs.readers.source import SourceFile

_MAX_KEPT_ROWS = 1 << 17

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Context:
    """Where decoded messages come from. `rule` is what drive.json says about the topic."""

    source: SourceFile
    topic: str
    rule: Mapping[str, Any]
    records: Records


def constant(value: str | int | bool, count: int) -> pa.Array:
    """`count` times the same value. Every batch repeats the same few ids: their arrays are made once and cut."""
    if count > _MAX_KEPT_ROWS:
        return pa.repeat(pa.scalar(value), count)
    exponent = max(count - 1, 1 << 10).bit_length()
    return _repeated(value, exponent + exponent % 2)[:count]  # of few lengths, so that few are kept


@lru_cache(maxsize=128, typed=True)
def _repeated(value: str | int | bool, exponent: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), 1 << exponent)


def stamp_ns(level: Level, seconds: str, nanoseconds: str) -> Ints:
    """Sensor time in ns from two fields; 0 where there is no stamp."""
    return level.integers(seconds) * 1_000_000_000 + level.integers(nanoseconds)


def nullable(values: npt.NDArray[Any], is_null: npt.NDArray[np.bool_]) -> pa.Array:
    """`values` with null where `is_null`."""
    return pa.array(values, mask=is_null)


def measured(values: npt.NDArray[np.float64]) -> pa.Array:
    """`values` with null where they are no number: null means undefined, never NaN."""
    return nullable(values, np.isnan(values))


def common(context: Context, rows: Ints, sensor_time_ns: Ints) -> dict[str, Any]:
    """The leading columns of a decoded table, for messages `rows` of the batch. A stamp of 0 means none."""
    records, count = context.records, len(rows)
    return {
        "project_id": constant(context.source.project_id, count),
        "drive_id": constant(context.source.drive_id, count),
        "file_id": constant(context.source.file_id, count),
        "record_index": records.record_index[rows],
        "topic": constant(context.topic, count),
        "log_time_ns": records.log_time_ns[rows],
        "publish_time_ns": records.publish_time_ns[rows],
        "sensor_time_ns": nullable(sensor_time_ns, sensor_time_ns == 0),
    }


def quaternion(level: Level, prefix: str) -> dict[str, npt.NDArray[np.float64]]:
    """q_w, q_x, q_y, q_z from a ROS or foxglove orientation (x, y, z, w). All zeros, an unset one, is no rotation."""
    parts = {f"q_{axis}": level.numbers(f"{prefix}.{axis}", 0.0) for axis in "wxyz"}
    is_unset = (parts["q_w"] == 0) & (parts["q_x"] == 0) & (parts["q_y"] == 0) & (parts["q_z"] == 0)
    parts["q_w"] = np.where(is_unset, 1.0, parts["q_w"])
    return parts


def rotated(q: Mapping[str, Floats], x: Floats, y: Floats, z: Floats) -> tuple[Floats, Floats, Floats]:
    """Vectors (x, y, z) turned by unit quaternions `q` (q_w, q_x, q_y, q_z), by v + 2 q x (q x v + w v)."""
    w, a, b, c = (q[name] for name in ("q_w", "q_x", "q_y", "q_z"))
    along, across, up = b * z - c * y + w * x, c * x - a * z + w * y, a * y - b * x + w * z
    return x + 2 * (b * up - c * across), y + 2 * (c * along - a * up), z + 2 * (a * across - b * along)
