"""silver.keyframes: which samples of all sensors belong to one instant, twice a second."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pyarrow as pa

from spark_jobs.silver.align import nearest
from spark_jobs.silver.clock_models import ClockModels
from spark_jobs.silver.grid import Ints
from spark_jobs.silver.rows import contract_rows

PERIOD_NS = 500_000_000  # 2 Hz, as the keyframes of nuScenes
TOLERANCE_NS = 60_000_000  # half the period of a 10 Hz sensor and 10 ms of jitter; our proposal
_STREAMS = ("camera_frames", "objects", "ego_poses")
_SENSORS = ("camera_frames", "point_clouds")
_CLOUDS = ("PointCloud2", "PointCloud")  # sensor_msgs and foxglove; they are indexed only, so their log time counts
_SAMPLE = ["stream", "topic", "t_ns", "file_id", "record_index"]


def build(
    timed: Mapping[str, pl.DataFrame], messages: pl.DataFrame, clocks: ClockModels, drive: tuple[str, str]
) -> pa.Table:
    """Rows of silver.keyframes of one drive, sorted by (t_ns, topic).

    `timed` are bronze streams with t_ns by table name; `messages` bronze.messages rows, for point clouds. The instants
    are the samples of the slowest camera or lidar, the first in each half second; without either, the 2 Hz grid where
    the drive has objects or poses. Of each other stream the nearest sample within 60 ms belongs.
    """
    samples = [_cloud_samples(messages, clocks)]
    samples += [_samples(name, timed[f"bronze.{name}"]) for name in _STREAMS if f"bronze.{name}" in timed]
    every = pl.concat(samples).sort("stream", "topic", "t_ns", "file_id", "record_index")
    topics = every.partition_by("stream", "topic", maintain_order=True)
    if not topics:
        return contract_rows("silver.keyframes", pl.DataFrame(), *drive)
    reference, at_ns = _instants(topics)
    rows = []
    for part in topics:
        found, is_near = nearest(at_ns, part["t_ns"].to_numpy(), TOLERANCE_NS)
        taken = part[found[is_near]].rename({"t_ns": "sample_time_ns"})
        rows.append(taken.with_columns(t_ns=pl.Series(at_ns[is_near]), is_reference=pl.lit(part is reference)))
    keyed = pl.concat(rows).with_columns(
        offset_ns=pl.col("sample_time_ns") - pl.col("t_ns"), is_complete=pl.len().over("t_ns") == len(topics)
    )
    return contract_rows("silver.keyframes", keyed.sort("t_ns", "topic", "stream"), *drive)


def _instants(topics: list[pl.DataFrame]) -> tuple[pl.DataFrame | None, Ints]:
    """(samples of the stream that gives the instants or None, the instants (k,))."""
    sensors = [part for part in topics if part["stream"][0] in _SENSORS]
    if not sensors:
        low, high = min(part["t_ns"][0] for part in topics), max(part["t_ns"][-1] for part in topics)
        every = np.concatenate([part["t_ns"].to_numpy() for part in topics])
        bins = np.unique((every + PERIOD_NS // 2) // PERIOD_NS) * PERIOD_NS  # only near samples: drives have long gaps
        return None, bins[(bins >= low) & (bins <= high)]
    reference = max(sensors, key=lambda part: (_period_ns(part), part["topic"][0]))
    t_ns = reference["t_ns"].to_numpy()
    return reference, t_ns[np.unique(t_ns // PERIOD_NS, return_index=True)[1]]


def _period_ns(part: pl.DataFrame) -> float:
    return float(np.median(np.diff(part["t_ns"].to_numpy()))) if part.height > 1 else 0.0


def _samples(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(stream=pl.lit(name)).select(_SAMPLE).unique()


def _cloud_samples(messages: pl.DataFrame, clocks: ClockModels) -> pl.DataFrame:
    is_cloud = pl.col("schema_name").str.split("/").list.last().str.split(".").list.last().is_in(list(_CLOUDS))
    clouds = messages.filter(is_cloud)
    t_ns = pl.Series(clocks.log_ns(clouds), dtype=pl.Int64)
    return clouds.with_columns(stream=pl.lit("point_clouds"), t_ns=t_ns).select(_SAMPLE)
