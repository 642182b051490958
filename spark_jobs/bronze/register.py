"""bronze.drives and bronze.files: what the landing folder says, row by row."""

from collections.abc import Iterable
from typing import Any

from spark_jobs.declaration import Declaration
from spark_jobs.discover import Drive
from spark_jobs.ledger import Row
from spark_jobs.upsert import upsert

_VEHICLE = (
    "vehicle_id",
    "length_m",
    "width_m",
    "height_m",
    "wheelbase_m",
    "rear_axle_to_front_bumper_m",
    "rear_axle_to_rear_bumper_m",
)


def register_drives(drives: Iterable[Drive]) -> int:
    """Upsert `drives` into bronze.drives; returns how many rows changed."""
    return upsert("bronze.drives", [drive_row(drive) for drive in drives], ["drive_id"])


def register_files(rows: Iterable[tuple[Row, str | None]]) -> int:
    """Upsert files into bronze.files from (ledger row, recorder library); returns how many rows changed."""
    return upsert("bronze.files", [_file_row(*pair) for pair in rows], ["drive_id", "file_id"])


def drive_row(drive: Drive) -> dict[str, Any]:
    """`drive` as a row of bronze.drives."""
    said = drive.declaration or Declaration()
    return {
        "project_id": drive.project_id,
        "drive_id": drive.drive_id,
        **{name: getattr(said.vehicle, name) for name in _VEHICLE},
        "vehicle_kind": said.vehicle.kind,
        "site": said.site,
        "software_version": said.software_version,
        "declared_started_at_ns": said.started_at_ns(),
        "log_clock": said.clock.log_time,
        "is_declared": drive.declaration is not None,
        "declaration": drive.declaration_text,
    }


def _file_row(row: Row, recorder_library: str | None) -> dict[str, Any]:
    names = ("file_id", "project_id", "drive_id", "source_path", "format", "num_bytes")
    num_messages = row["bronze_num_messages"] + row["quarantined_num_messages"]
    return {name: row[name] for name in names} | {"num_messages": num_messages, "recorder_library": recorder_library}
