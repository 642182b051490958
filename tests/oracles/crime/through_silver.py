"""The CommonRoad files of the pairs, read by our readers and silver: rows for a lake."""

from pathlib import Path

import polars as pl

from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver.drive import build_drive
from spark_jobs.silver.log_clock import DriveFacts
from tests.oracles.crime.commonroad_scenarios import EGO_ID, PAIRS, Pair, write
from tests.unit.dbt import drives

VEHICLE = {"length_m": 4.5, "width_m": 1.8, "rear_axle_to_front_bumper_m": 3.5, "rear_axle_to_rear_bumper_m": 1.0}


def pair_drives(folder: Path) -> list[drives.Rows]:
    """One drive per pair, named as the pair."""
    return [part for pair in PAIRS for part in rows_of(pair, folder)]


def rows_of(pair: Pair, folder: Path) -> list[drives.Rows]:
    """What readers and silver make of the file, as rows for a lake."""
    path = write(pair, folder)
    source = SourceFile(
        *(str(path), "0" * 64, "p", pair.name, formats.sniff(path), path.stat().st_size),
        declaration={"topics": {"commonroad": {"ego": str(EGO_ID)}}, "vehicle": VEHICLE},
    )
    parts: dict[str, list[pl.DataFrame]] = {}
    for task in registry.plan(source).tasks:
        for table, rows in registry.read(task):
            parts.setdefault(table, []).append(pl.DataFrame(rows))
    bronze = {table: pl.concat(rows) for table, rows in parts.items()}
    silver = build_drive(bronze, (), ("p", pair.name), DriveFacts(received_at_ns=drives.START_NS))
    declared = drives.ego(pair.name, drives.times_s(1), drives.times_s(1))
    declared["bronze.drives"][0].update(VEHICLE)
    known = {table: silver[table].to_pylist() for table in ("silver.ego_motion", "silver.object_tracks")}
    return [{table: declared[table] for table in ("bronze.drives", "ops.ingest_ledger")} | known]
