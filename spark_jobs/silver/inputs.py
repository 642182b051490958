"""What a silver task reads: the bronze files of one drive at pinned versions, and the DBC files that fit its buses."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from longtail import lake
from spark_jobs.silver.log_clock import NO_FACTS, DriveFacts

DbcPaths = tuple[tuple[int | None, str], ...]
NEEDED = {
    "bronze.messages": ["file_id", "topic", "schema_name", "record_index", "sequence", "log_time_ns", "publish_time_ns"]
}
"""Columns that silver reads of a table, where it does not need all."""


@dataclass(frozen=True)
class DriveInput:
    """One drive: whose it is, its bronze files by table name, (bus, path) of its DBC files (bus None: every bus), and
    what it knows of its time besides its rows."""

    project_id: str
    drive_id: str
    files: Mapping[str, tuple[str, ...]]
    dbc_paths: DbcPaths
    facts: DriveFacts = NO_FACTS

    def read(self) -> dict[str, pl.DataFrame]:
        """The drive's rows of every bronze table that has some."""
        return {table: self._rows(table, paths) for table, paths in self.files.items() if paths}

    def _rows(self, table: str, paths: Sequence[str]) -> pl.DataFrame:
        rows = pl.scan_parquet(list(paths)).filter(pl.col("drive_id") == self.drive_id)
        return rows.select(NEEDED[table]).collect() if table in NEEDED else rows.collect()


def drive_inputs(
    drive_ids: Sequence[str], tables: Sequence[str], dbc: Mapping[str, DbcPaths] | None = None
) -> list[DriveInput]:
    """The inputs of the drives among `drive_ids` that bronze knows, at the versions bronze tables have now.

    `dbc` adds DBC files by drive id to those of drive.json, which come first.
    """
    if not lake.exists("bronze.drives"):
        return []
    drives = _rows("bronze.drives", drive_ids).sort("drive_id").unique("drive_id", keep="first", maintain_order=True)
    landed = _rows("bronze.files", drive_ids) if lake.exists("bronze.files") else pl.DataFrame({"drive_id": []})
    received = _received_at_ns(drive_ids)
    listed = {table: file_ranges(table) for table in tables if lake.exists(table)}
    inputs = []
    for row in drives.iter_rows(named=True):
        drive_id = row["drive_id"]
        files = {table: tuple(p for p, low, high in each if low <= drive_id <= high) for table, each in listed.items()}
        sources = landed.filter(pl.col("drive_id") == drive_id)
        declared = _declared_dbc(row["declaration"], sources.to_dicts())
        paths = tuple(dict.fromkeys((*declared, *(dbc or {}).get(drive_id, ()))))
        facts = DriveFacts(
            row["log_clock"], row["declared_started_at_ns"], received.get(drive_id), _calibration(row["declaration"])
        )
        inputs.append(DriveInput(row["project_id"], drive_id, files, paths, facts))
    return inputs


def file_ranges(table: str) -> list[tuple[str, str, str]]:
    """(absolute path, least drive_id, greatest drive_id) of every file in the newest version of `table`."""
    delta = lake.open_table(table)
    actions = pl.DataFrame(delta.get_add_actions(flatten=True))
    if actions.is_empty():
        return []
    unknown = pl.lit(None, dtype=pl.String)
    low, high = (pl.col(name) if name in actions.columns else unknown for name in ("min.drive_id", "max.drive_id"))
    # Delta cuts long texts in its statistics: the greatest may be a prefix, extended here to stay an upper bound.
    bounds = actions.select("path", low.fill_null("").alias("low"), (high.fill_null("") + "\U0010ffff").alias("high"))
    root = lake.location(table)
    return [(f"{root}/{path}", low, high) for path, low, high in bounds.iter_rows()]


def _rows(table: str, drive_ids: Sequence[str]) -> pl.DataFrame:
    paths = [path for path, _, _ in file_ranges(table)]
    if not paths:
        return pl.DataFrame({"drive_id": []}, schema={"drive_id": pl.String})
    return pl.scan_parquet(paths).filter(pl.col("drive_id").is_in(list(drive_ids))).collect()


def _received_at_ns(drive_ids: Sequence[str]) -> dict[str, int]:
    """When the first file of each drive was received, by the ingest clock."""
    if not lake.exists("ops.ingest_ledger"):
        return {}
    rows = _rows("ops.ingest_ledger", drive_ids)
    if rows.is_empty():
        return {}
    return dict(rows.group_by("drive_id").agg(pl.col("received_at_ns").min()).iter_rows())


def _calibration(declaration: str | None) -> str | None:
    declared = json.loads(declaration).get("calibration") if declaration else None
    return json.dumps(declared) if declared else None


def _declared_dbc(declaration: str | None, files: Sequence[Mapping[str, str]]) -> DbcPaths:
    declared = json.loads(declaration).get("dbc") if declaration else None
    folders = list(dict.fromkeys(parent for file in files for parent in Path(file["source_path"]).parents[:3]))
    paths = []
    for entry in declared or []:
        found = next((folder / entry["path"] for folder in folders if (folder / entry["path"]).is_file()), None)
        if found is not None:
            paths.append((entry.get("bus"), str(found)))
    return tuple(paths)
