"""silver.calibrations: what drive.json says about the calibration of each sensor, valid for the time of the drive."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pyarrow as pa

from spark_jobs.silver.rows import contract_rows

_DATE_KEYS = ("calibrated_at", "date", "timestamp")


def build(calibration: str | None, t_ns: tuple[int, int] | None, drive: tuple[str, str]) -> pa.Table:
    """Rows of silver.calibrations of one drive, sorted by name.

    `calibration` is the JSON text of that member of drive.json: an object per sensor, with calibrated_at (ISO 8601) or
    nothing of the sort; `t_ns` the first and last instant of the drive.
    """
    declared = json.loads(calibration) if calibration else {}
    rows = [
        {
            "name": str(name),
            "calibrated_at_ns": _date_ns(entry) if isinstance(entry, Mapping) else None,
            "t_start_ns": t_ns[0] if t_ns else None,
            "t_end_ns": t_ns[1] if t_ns else None,
            "declaration": json.dumps(entry, sort_keys=True),
        }
        for name, entry in sorted(declared.items())
    ]
    types = {"calibrated_at_ns": pl.Int64, "t_start_ns": pl.Int64, "t_end_ns": pl.Int64}
    table = pl.DataFrame(rows, schema_overrides=types) if rows else pl.DataFrame()
    return contract_rows("silver.calibrations", table, *drive)


def _date_ns(entry: Mapping[str, Any]) -> int | None:
    text = next((entry[key] for key in _DATE_KEYS if isinstance(entry.get(key), str)), None)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None  # the declaration stays in the row as it came
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()) * 1_000_000_000
