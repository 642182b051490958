"""Spark builds drives that changed: what it then says is what DuckDB says of the whole lake."""

import shutil
import subprocess
from pathlib import Path

import duckdb
import polars as pl
import pytest
from deltalake import DeltaTable

from longtail import lake
from longtail.settings import REPOSITORY, settings
from spark_jobs.curate import curate
from tests.conftest import LONGTAIL, environment
from tests.sql.test_parity import KEYS, assert_equal_rows

PER_DRIVE = ("bronze.drives", "ops.ingest_ledger")


@pytest.mark.slow
def test_a_drive_that_came_late_and_one_that_went_are_all_that_changes(
    curated_lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored = shutil.ignore_patterns("ml", "definition_scores")
    root = shutil.copytree(curated_lake, tmp_path / "lake", ignore=ignored)
    monkeypatch.setenv("LONGTAIL_LAKE", str(root))
    settings.cache_clear()
    # both had a hard brake, so that its mart has something to forget and something to add
    gone, late, *_ = sorted(set(lake.read("marts.fct_hard_brakes").column("drive_id").to_pylist()))
    for table in (*PER_DRIVE, *(name for name in lake.tables() if name.startswith("silver."))):
        DeltaTable(lake.location(table)).delete(f"drive_id = '{gone}'")
    ledger, tracks = (DeltaTable(lake.location(name)) for name in ("ops.ingest_ledger", "silver.object_tracks"))
    ledger.update(predicate=f"drive_id = '{late}'", updates={"silver_at_ns": "silver_at_ns + 1"})
    tracks.update(predicate=f"drive_id = '{late}'", updates={"v_s_mps": "v_s_mps - 1.0", "object_class": "'truck'"})
    before = lake.open_table("marts.fct_hard_brakes").version()

    ran = subprocess.run([LONGTAIL, "curate"], cwd=REPOSITORY, env=environment(root), capture_output=True, text=True)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    history = lake.open_table("marts.fct_hard_brakes").history()
    assert {entry["operation"] for entry in history if entry["version"] > before} == {"MERGE", "WRITE"}, "not in full"

    file = tmp_path / "whole.duckdb"
    curate("duckdb", force=True, database=file)
    with duckdb.connect(str(file), read_only=True) as connection:
        for mart in (table.partition(".")[2] for table in lake.tables() if table.startswith("marts.")):
            by_spark = pl.DataFrame(pl.from_arrow(lake.open_table(f"marts.{mart}").to_pyarrow_table()))
            by_duckdb = pl.DataFrame(pl.from_arrow(connection.table(f"marts.{mart}").to_arrow_table()))
            assert gone not in by_spark.get_column("drive_id", default=pl.Series(dtype=pl.String)), mart
            key = KEYS.get(mart, "event_id")
            assert_equal_rows(mart, by_spark.sort(key), by_duckdb.sort(key))
