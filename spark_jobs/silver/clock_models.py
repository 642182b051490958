"""silver.clock_models: how the clock of each stream maps to the reference clock of its drive, and rows put on it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from spark_jobs.epochs import UNITS
from spark_jobs.silver.clock_fit import Fit, breaks, fit, unit_of
from spark_jobs.silver.clock_words import described
from spark_jobs.silver.grid import Ints
from spark_jobs.silver.log_clock import CONFIDENCE, IS_DATED_FROM, NO_FACTS, DriveFacts, LogClock, log_clocks
from spark_jobs.silver.rows import contract_rows

INPUTS = (
    "bronze.camera_frames",
    "bronze.can_frames",
    "bronze.ego_poses",
    "bronze.gnss_fixes",
    "bronze.imu_samples",
    "bronze.lane_boundaries",
    "bronze.objects",
)
_MANY_ROWS_PER_RECORD = ("bronze.lane_boundaries", "bronze.objects")
_COLUMNS = ("file_id", "topic", "record_index", "log_time_ns", "publish_time_ns", "sensor_time_ns")


@dataclass(frozen=True)
class Segment:
    """A stretch of a stream, from `start_ns` on (log time on the reference clock); `line` None: it has no stamps."""

    start_ns: int
    clock_model_id: str
    line: Fit | None


@dataclass(frozen=True)
class ClockModels:
    """The clocks of a drive: rows of silver.clock_models, what puts rows on the reference clock, and the first and last
    instant at which a decoded record was stored."""

    table: pa.Table
    logs: Mapping[str, LogClock]
    units: Mapping[tuple[str, str], str]
    segments: Mapping[str, tuple[Segment, ...]]
    span_ns: tuple[int, int] | None

    @property
    def is_dated(self) -> bool:
        """False when the true time of day of some file is not known."""
        return all(CONFIDENCE[log.anchor] >= IS_DATED_FROM for log in self.logs.values())

    def log_ns(self, frame: pl.DataFrame) -> Ints:
        """Log times of rows (file_id, log_time_ns) on the reference clock, ns UTC."""
        log_ns = frame["log_time_ns"].to_numpy().copy()
        for file_id, rows in _groups(frame["file_id"]):
            log_ns[rows] = self.logs.get(file_id, LogClock()).to_utc_ns(log_ns[rows])
        return log_ns

    def on_reference(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` (rows of a bronze stream of the drive) with t_ns and the clock_model_id it came from."""
        log_ns = self.log_ns(frame)
        t_ns, sensor_ns = log_ns.copy(), frame["sensor_time_ns"].fill_null(0).to_numpy().copy()
        stamped = frame["sensor_time_ns"].is_not_null().to_numpy()
        for (topic, file_id), unit in self.units.items():
            if unit != "ns":
                rows = ((frame["topic"] == topic) & (frame["file_id"] == file_id)).to_numpy()
                sensor_ns[rows] *= UNITS[unit]
        names = np.empty(frame.height, object)
        for topic, at in _groups(frame["topic"]):
            segments = self.segments[topic]
            starts = np.array([segment.start_ns for segment in segments])
            which = np.maximum(np.searchsorted(starts, log_ns[at], side="right") - 1, 0)
            for number, segment in enumerate(segments):
                rows = at[which == number] if len(segments) > 1 else at
                names[rows] = segment.clock_model_id
                rows = rows[stamped[rows]]
                if segment.line is not None and len(rows):
                    t_ns[rows] = segment.line.to_reference_ns(sensor_ns[rows], log_ns[rows])
        model = pl.Series("clock_model_id", names, dtype=pl.String)
        return frame.with_columns(model, pl.Series("t_ns", t_ns, dtype=pl.Int64))


def build(
    streams: Mapping[str, pl.DataFrame],
    project_id: str,
    drive_id: str,
    facts: DriveFacts = NO_FACTS,
    messages: pl.DataFrame | None = None,
) -> ClockModels:
    """The clocks of one drive from its bronze streams; a table row per topic and segment, sorted by both.

    `messages` are bronze.messages rows, for files of which nothing was decoded: their log time needs a clock too.
    """
    decoded = [_stamps(name, frame) for name, frame in streams.items() if name in INPUTS and frame.height]
    undecoded = [] if messages is None or messages.is_empty() else [_undecoded(messages, decoded)]
    models = ClockModels(pa.table({}), {}, {}, {}, None)
    rows: list[dict[str, Any]] = []
    if decoded or undecoded:
        logs = log_clocks(pl.concat([*decoded, *undecoded]), facts)
        units: dict[tuple[str, str], str] = {}
        segments: dict[str, tuple[Segment, ...]] = {}
        models = ClockModels(pa.table({}), logs, units, segments, None)
        by_topic = pl.concat(decoded).group_by("topic") if decoded else ()
        for (topic,), part in sorted(by_topic, key=lambda each: str(each[0])):
            told = _of_topic(str(topic), part, models, units, drive_id)
            segments[str(topic)] = tuple(segment for segment, _ in told)
            rows += [row for _, row in told]
    span_ns = (min(row["t_start_ns"] for row in rows), max(row["t_end_ns"] for row in rows) - 1) if rows else None
    table = contract_rows("silver.clock_models", pl.DataFrame(rows), project_id, drive_id)
    return ClockModels(table, models.logs, models.units, models.segments, span_ns)


def _of_topic(
    topic: str, part: pl.DataFrame, models: ClockModels, units: dict[tuple[str, str], str], drive_id: str
) -> list[tuple[Segment, dict[str, Any]]]:
    log_ns = models.log_ns(part)
    ordered = part.with_columns(log_ns=pl.Series(log_ns)).sort("log_ns", "sensor_time_ns", "file_id", "record_index")
    stamped = ordered.drop_nulls("sensor_time_ns")
    if stamped.is_empty():
        segments = [(0, ordered, None)]
    else:
        log_ns, sensor_ns = stamped["log_ns"].to_numpy(), stamped["sensor_time_ns"].to_numpy().copy()
        for file_id, at in _groups(stamped["file_id"]):
            units[topic, file_id] = unit_of(sensor_ns[at], log_ns[at])
            sensor_ns[at] *= UNITS[units[topic, file_id]]
        edges = [0, *breaks(log_ns, log_ns - sensor_ns), len(log_ns)]
        segments = [
            (a, stamped[a:b], fit(sensor_ns[a:b], log_ns[a:b], _offset(stamped[a]))) for a, b in pairwise(edges)
        ]
    starts = [int(each["log_ns"][0]) for _, each, _ in segments]
    starts[0] = int(ordered["log_ns"][0])
    ends = [*starts[1:], int(ordered["log_ns"][-1]) + 1]
    told = []
    before: Fit | None = None
    for index, (_, each, line) in enumerate(segments):
        name = hashlib.sha256(f"{drive_id}\0{topic}\0{index}".encode()).hexdigest()[:16]
        file_id = str(each["file_id"][0])
        place = {"clock_model_id": name, "topic": topic, "segment_index": index}
        place |= {"t_start_ns": starts[index], "t_end_ns": max(ends[index], starts[index])}
        place |= {"t_origin_ns": starts[index]}
        place |= {"log_offset_ns": _offset(each[0]), "num_samples": each.height}
        words = described(models.logs[file_id], units.get((topic, file_id), "ns"), line, before)
        told.append((Segment(starts[index], name, line), place | words))
        before = line
    return told


def _offset(row: pl.DataFrame) -> int:
    """What put the log time of a row on the reference clock."""
    return int(row["log_ns"][0] - row["log_time_ns"][0])


def _stamps(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """One row per record."""
    rows = frame.select(*_COLUMNS, is_gnss=pl.lit(name == "bronze.gnss_fixes"))
    if name in _MANY_ROWS_PER_RECORD:
        rows = rows.unique()
    return rows


def _undecoded(messages: pl.DataFrame, decoded: list[pl.DataFrame]) -> pl.DataFrame:
    known = [name for frame in decoded for name in frame["file_id"].unique()]
    sensor = pl.lit(None, dtype=pl.Int64)
    rows = messages.filter(~pl.col("file_id").is_in(known)).with_columns(sensor_time_ns=sensor, is_gnss=False)
    return rows.select(*_COLUMNS, "is_gnss")


def _groups(column: pl.Series) -> list[tuple[str, Ints]]:
    """(value, its row numbers) for each value of a column."""
    if column.n_unique() == 1:
        return [(str(column[0]), np.arange(len(column)))]
    rows = pl.DataFrame({"value": column}).with_row_index("row").group_by("value", maintain_order=True).agg("row")
    return [(str(value), np.asarray(each, np.int64)) for value, each in rows.iter_rows()]
