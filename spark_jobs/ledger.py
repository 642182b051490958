"""ops.ingest_ledger: how far each source file got, and whether the records add up."""

from collections.abc import Iterable, Mapping, Sequence
from time import time_ns
from typing import Any

from longtail import lake
from longtail.contracts import contract
from spark_jobs.bronze.land import Landed
from spark_jobs.landed import LandedFile
from spark_jobs.readers.formats import COMPANIONS
from spark_jobs.readers.source import FilePlan, Problem
from spark_jobs.upsert import upsert

TABLE = "ops.ingest_ledger"
KEYS = ("drive_id", "file_id")
LANDED = ("bronze", "silver")
DONE = (*LANDED, "superseded")
_STATES = ("received", "verified", "quarantined", *DONE)  # a file never goes back

Row = dict[str, Any]
Key = tuple[str, str]


def key_of(row: Row) -> Key:
    """(drive_id, file_id) of a ledger row. One file may serve many drives: a DBC does."""
    return row["drive_id"], row["file_id"]


def load() -> dict[Key, Row]:
    """The ledger by (drive_id, file_id); empty when there is none."""
    return {key_of(row): row for row in lake.read(TABLE).to_pylist()}


def record(rows: Iterable[Row]) -> int:
    """Write `rows`, replacing those of the same files; returns how many changed anything.

    A row that another ingest has brought further meanwhile stays as it is.
    """
    return upsert(TABLE, rows, KEYS, keep=lambda held, new: is_behind(new, held))


def is_behind(row: Row, other: Row) -> bool:
    """True when `row` is an earlier state than `other`."""
    return _STATES.index(row["state"]) < _STATES.index(other["state"])


def verified(file: LandedFile, plan: FilePlan | None, before: Row | None) -> Row:
    """The row of a file that will be read."""
    return _row(file, plan, before) | {"state": "verified", "reason": None}


def quarantined(file: LandedFile, plan: FilePlan | None, before: Row | None, problem: Problem) -> Row:
    """The row of a file that is not loaded: all its records, as far as the recorder counted them, stand aside."""
    row = _row(file, plan, before)
    set_aside = row["recorder_num_messages"] or problem.num_messages
    return row | {
        "state": "quarantined",
        "reason": problem.reason,
        "bronze_num_messages": 0,
        "quarantined_num_messages": set_aside,
        "decoded_num_messages": 0,
    }


def in_bronze(row: Row, landed: Landed, problems: Sequence[Problem], version: int) -> Row:
    """`row` after its file was committed. `version`: of bronze.messages; `problems`: what was odd but not fatal."""
    return row | {
        "state": "bronze",
        "reason": ", ".join(sorted({problem.reason for problem in problems})) or None,
        "bronze_num_messages": landed.num_messages,
        "quarantined_num_messages": sum(problem.num_messages for problem in problems),
        "decoded_num_messages": landed.num_decoded,
        "min_log_time_ns": _first(landed.min_log_time_ns, row["min_log_time_ns"]),
        "max_log_time_ns": _first(landed.max_log_time_ns, row["max_log_time_ns"]),
        "bronze_version": version if version >= 0 else None,
        "bronze_at_ns": time_ns(),
    }


def stale_drives(rows: Mapping[Key, Row]) -> list[str]:
    """Drives with records in bronze and a file that silver has not seen, sorted."""
    waiting = {row["drive_id"] for row in rows.values() if row["state"] == "bronze"}
    with_records = {
        row["drive_id"]
        for row in rows.values()
        if row["state"] in LANDED and row["format"] not in COMPANIONS and row["bronze_num_messages"]
    }
    return sorted(waiting & with_records)


def in_silver(rows: Iterable[Row], version: int) -> list[Row]:
    """`rows` after their drives were built. `version`: of silver.ego_motion."""
    now = time_ns()
    seen = {"state": "silver", "silver_version": version if version >= 0 else None, "silver_at_ns": now}
    return [row | seen for row in rows if row["state"] == "bronze"]


def unbalanced(rows: Mapping[Key, Row] | None = None) -> list[str]:
    """One line per file whose recorder counted other than what landed plus what was put aside; empty: all adds up."""
    lines = []
    for row in (load() if rows is None else rows).values():
        if row["state"] == "superseded":
            continue
        counted, landed, aside = (row[f"{kind}_num_messages"] for kind in ("recorder", "bronze", "quarantined"))
        if None not in (counted, landed, aside) and counted != landed + aside:
            lines.append(f"{row['source_path']}: the recorder counted {counted}, {landed} landed and {aside} put aside")
    return sorted(lines)


def _row(file: LandedFile, plan: FilePlan | None, before: Row | None) -> Row:
    source = file.source
    return dict.fromkeys(contract(TABLE).schema.names) | {
        "file_id": source.file_id,
        "project_id": source.project_id,
        "drive_id": source.drive_id,
        "source_path": source.path,
        "format": source.format,
        "num_bytes": source.num_bytes,
        "is_declared": file.is_declared,
        "declared_num_messages": file.declared_num_messages,
        "recorder_num_messages": plan.recorder_num_messages if plan else None,
        "min_log_time_ns": plan.min_log_time_ns if plan else None,
        "max_log_time_ns": plan.max_log_time_ns if plan else None,
        "received_at_ns": before["received_at_ns"] if before else time_ns(),
    }


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)
