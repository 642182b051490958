"""silver.clock_models: how the sensor clock of each stream maps to the recorder's clock, fitted through bad stamps."""

from collections.abc import Mapping

import numpy as np
import polars as pl
import pyarrow as pa

from spark_jobs.silver.grid import Floats, Ints
from spark_jobs.silver.rows import contract_rows

INPUTS = (
    "bronze.can_frames",
    "bronze.ego_poses",
    "bronze.gnss_fixes",
    "bronze.imu_samples",
    "bronze.lane_boundaries",
    "bronze.objects",
)
_MIN_DELAY_NS, _MAX_DELAY_NS = -5_000_000, 300_000_000  # a stamp this far before its log time is transport, not clock
_MAX_CHANGE_NS = 20_000_000  # by how much a trusted clock may drift over the whole drive
_MAX_STRAY_NS = 500_000_000  # a single stamp further off than this from its model is not a time
_BINS = 40
_ENVELOPE = 0.1  # quantile of log minus sensor in a bin: near the smallest delay, deaf to a few early stamps


def build(bronze: Mapping[str, pl.DataFrame], project_id: str, drive_id: str) -> pa.Table:
    """Rows of silver.clock_models of one drive: one per topic that has sensor stamps, sorted by topic.

    The line follows the lower envelope of log minus sensor time. The smallest transport delay cannot be told from a
    clock offset: a corrected stream is therefore late by that delay, and its delay_p50_ns counts from it.
    """
    columns = ("topic", "record_index", "log_time_ns", "sensor_time_ns")
    stamps = [frame.select(columns) for name, frame in bronze.items() if name in INPUTS]
    rows = []
    if stamps:
        every = pl.concat(stamps).drop_nulls("sensor_time_ns").unique()
        for (topic,), part in every.sort("topic", "log_time_ns", "sensor_time_ns").group_by(
            "topic", maintain_order=True
        ):
            rows.append({"topic": topic, **fit(part["sensor_time_ns"].to_numpy(), part["log_time_ns"].to_numpy())})
    table = pl.DataFrame(rows).with_columns(reference_clock=pl.lit("log"))
    return contract_rows("silver.clock_models", table, project_id, drive_id)


def fit(sensor_ns: Ints, log_ns: Ints) -> dict[str, int | float | bool]:
    """The clock model of one stream from its stamps (n >= 1), sorted by log time. Columns as in the contract."""
    origin = int(log_ns[0])
    behind = log_ns - sensor_ns
    typical = int(np.median(behind))  # keeps the doubles below small: an epoch of 1970 is 1.8e18 ns away
    offset, slope = _envelope((log_ns - origin).astype(np.float64), (behind - typical).astype(np.float64))
    span = float(log_ns[-1] - origin)
    in_step = _MIN_DELAY_NS <= typical <= _MAX_DELAY_NS and abs(slope * span) <= _MAX_CHANGE_NS
    if in_step:
        offset_ns, slope = 0, 0.0
    else:
        offset_ns = round(offset) + typical
    delay = log_ns - correct(sensor_ns, origin, offset_ns, slope * 1e6)
    delay_p50 = int(np.median(delay))
    return {
        "t_origin_ns": origin,
        "offset_ns": offset_ns,
        "drift_ppm": slope * 1e6,
        "residual_p95_ns": int(np.quantile(np.abs(delay - delay_p50), 0.95)),
        "delay_p50_ns": delay_p50,
        "num_samples": len(log_ns),
        "is_corrected": not in_step,
    }


def correct(sensor_ns: Ints, origin_ns: int, offset_ns: int, drift_ppm: float) -> Ints:
    """Sensor stamps on the reference clock."""
    shifted = sensor_ns + offset_ns
    return shifted + np.rint((shifted - origin_ns) * (drift_ppm * 1e-6)).astype(np.int64)


def to_reference_ns(sensor_ns: Ints, log_ns: Ints, model: Mapping[str, int | float | bool]) -> Ints:
    """When records of one topic were true, on the reference clock.

    A stamp that is more than 0.5 s off its model is replaced by the log time less the usual delay.
    """
    when = correct(sensor_ns, int(model["t_origin_ns"]), int(model["offset_ns"]), float(model["drift_ppm"]))
    expected = log_ns - int(model["delay_p50_ns"])
    return np.where(np.abs(when - expected) > _MAX_STRAY_NS, expected, when)


def on_reference(frame: pl.DataFrame, models: pa.Table) -> pl.DataFrame:
    """`frame` (a bronze stream of one drive) with t_ns: by its topic's model, the log time where there is no stamp."""
    by_topic = {str(row["topic"]): row for row in models.to_pylist()}
    stamped = frame["sensor_time_ns"].is_not_null().to_numpy()
    t_ns = frame["log_time_ns"].to_numpy().copy()
    sensor_ns = frame["sensor_time_ns"].fill_null(0).to_numpy()
    topics = frame["topic"].to_numpy()
    for topic, model in by_topic.items():
        rows = stamped & (topics == topic)
        if rows.any():
            t_ns[rows] = to_reference_ns(sensor_ns[rows], t_ns[rows], model)
    return frame.with_columns(pl.Series("t_ns", t_ns, dtype=pl.Int64))


def _envelope(t_ns: Floats, behind_ns: Floats) -> tuple[float, float]:
    """(offset at t=0, slope) of the lower envelope of `behind_ns`: a Theil-Sen line through a low quantile per bin."""
    bins = min(_BINS, len(t_ns) // 10)
    if bins < 5 or t_ns[-1] <= 0:
        return float(np.quantile(behind_ns, _ENVELOPE)), 0.0
    parts = np.array_split(np.arange(len(t_ns)), bins)
    low = np.array([np.quantile(behind_ns[part], _ENVELOPE) for part in parts])
    # The middle of a bin stands for its quantile; exact enough where drift over one bin is small against the jitter.
    middle = np.array([t_ns[part].mean() for part in parts])
    first, second = np.triu_indices(bins, k=1)
    apart = middle[second] - middle[first]
    slopes = (low[second] - low[first])[apart > 0] / apart[apart > 0]
    slope = float(np.median(slopes)) if len(slopes) else 0.0
    return float(np.median(low - slope * middle)), slope
