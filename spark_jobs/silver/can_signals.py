"""silver.can_signals: what the frames of the CAN buses say, in SI units, on the reference clock."""

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from spark_jobs.silver.rows import contract_rows

_KEYS = ["file_id", "record_index"]


def build(frames: pl.DataFrame, dbc_paths: Sequence[tuple[int | None, str]], drive: tuple[str, str]) -> pa.Table:
    """Rows of silver.can_signals of one drive, sorted by (t_ns, bus, record_index, message, signal).

    `frames` are bronze.can_frames rows with t_ns; `dbc_paths` (bus, path) pairs, bus None for every bus. Frames that
    the recording device sent itself are no measurement and are left out. No DBC: no rows.
    """
    received = frames.filter("is_received")
    if received.is_empty() or not dbc_paths:
        return contract_rows("silver.can_signals", pl.DataFrame(), *drive)
    from spark_jobs.readers.dbc import decode  # loads a parser that drives without a bus need not wait for

    recorded = received.drop("t_ns", "clock_model_id").to_arrow(compat_level=pl.CompatLevel.oldest())
    decoded = pl.DataFrame(decode(recorded, dbc_paths))
    if decoded.is_empty():
        return contract_rows("silver.can_signals", pl.DataFrame(), *drive)
    timed = decoded.drop("project_id", "drive_id", "log_time_ns").join(
        received.select(*_KEYS, "t_ns", "clock_model_id"), on=_KEYS, how="left", validate="m:1"
    )
    order = ["t_ns", "bus", *_KEYS, "message_name", "signal_name"]
    return contract_rows("silver.can_signals", timed.sort(order), *drive)
