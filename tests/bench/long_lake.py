"""Silver of many hours from silver of some minutes: its drives again and again under new names, a day apart."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import WriterProperties, write_deltalake

from longtail import lake

TABLES = (
    "bronze.drives",
    "ops.ingest_ledger",
    "silver.can_signals",
    "silver.clock_models",
    "silver.conditions",
    "silver.ego_lateral_shifts",
    "silver.ego_motion",
    "silver.object_tracks",
    "silver.stream_quality",
)
_COPIES_PER_COMMIT = 25  # so many are in memory at once
_DAY_NS = 86_400_000_000_000
_IDS = ("drive_id", "file_id", "clock_model_id")
_INSTANTS = ("t_ns", "t_start_ns", "t_end_ns", "t_cross_ns", "t_origin_ns", "gap_start_ns", "gap_end_ns", "log_time_ns")


def lengthen(target: Path, copies: range, drive_ids: Sequence[str], role: str | None = None) -> int:
    """Append to the lake `target` each of `copies` of `drive_ids`, of the lake of the settings; returns rows of tracks.

    With `role` only the tracks of that source, and no bus: "onboard" is a car without reference sensor and bus file.
    """
    num_tracks = 0
    for table in TABLES:
        if role and table == "silver.can_signals":
            continue
        rows = lake.read(table)
        rows = rows.filter(pc.is_in(rows["drive_id"], pa.array(drive_ids, pa.string())))
        if role and "role" in rows.schema.names:
            rows = rows.filter(pc.equal(rows["role"], role))
        for first in range(0, len(copies), _COPIES_PER_COMMIT):
            batch = pa.concat_tables(_copy(rows, number) for number in copies[first : first + _COPIES_PER_COMMIT])
            place = target / table.replace(".", "/")
            write_deltalake(place, batch, mode="append", writer_properties=WriterProperties(compression="ZSTD"))
            num_tracks += batch.num_rows if table == "silver.object_tracks" else 0
    return num_tracks


def quietest(num_drives: int, role: str | None = None) -> list[str]:
    """The drives of the lake of the settings with the fewest rows of tracks, fewest first."""
    rows = lake.read("silver.object_tracks", ["drive_id", "role"])
    rows = rows.filter(pc.equal(rows["role"], role)) if role else rows
    counts = rows.group_by("drive_id").aggregate([("role", "count")]).sort_by([("role_count", "ascending")])
    return list(counts["drive_id"].to_pylist()[:num_drives])


def _copy(rows: pa.Table, number: int) -> pa.Table:
    """The same drives, renamed, `number` days later."""
    for index, field in enumerate(rows.schema):
        if field.name in _IDS:
            rows = rows.set_column(index, field, pc.binary_join_element_wise(rows[index], f"{number:04d}", "-"))
        elif field.name.endswith((*_INSTANTS, "_at_ns")):
            rows = rows.set_column(index, field, pc.add(rows[index], number * _DAY_NS))
    return rows
