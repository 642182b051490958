"""curate: runs when something changed, leaves the same tables, and says in one line what failed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from longtail.settings import REPOSITORY, settings
from spark_jobs import curate as module
from spark_jobs.curate import PROJECT, CurateError, curate
from tests.unit.dbt import drives


def content(file: str) -> dict[str, list]:
    with duckdb.connect(file, read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        ).fetchall()
        # its times are those of the run
        names = [name for (name,) in tables if name != "fct_pipeline_latency"]
        return {name: connection.execute(f"from marts.{name} order by all").fetchall() for name in names}


def test_a_second_run_without_changes_does_nothing_and_a_forced_one_changes_nothing(marts, settled: Path) -> None:
    again = curate("duckdb")
    assert again.is_skipped
    before = content(again.location)
    steps: list[str] = []
    forced = curate("duckdb", force=True, on_progress=lambda name, done, total: steps.append(name))
    assert not forced.is_skipped
    assert {"fct_cut_ins", "dim_drives"} <= set(steps)
    assert content(forced.location) == before


def test_a_lake_without_some_tables_gives_empty_marts_and_bad_data_a_line_that_names_the_test(
    tmp_path: Path, dbt_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    monkeypatch.setenv("LONGTAIL_LAKE", str(lake))
    monkeypatch.setenv("LONGTAIL_CACHE", str(dbt_cache))
    settings.cache_clear()
    fast = drives.ego("fast", drives.times_s(2), drives.times_s(2) * 0 + 100.0)
    silent = drives.ego("silent", drives.times_s(2), drives.times_s(2) * 0 + 10.0) | {"silver.ego_motion": []}
    drives.write_lake(lake, [drives.ego("alone", drives.times_s(2), drives.times_s(2) * 0 + 10.0), fast, silent])
    DeltaTable(lake / "silver" / "ego_motion").delete("t_ns < 0")
    report = curate("duckdb")
    assert report.num_models >= 90
    assert report.num_tests >= 210
    marts = content(report.location)
    assert sorted(row[0] for row in marts["dim_drives"]) == ["alone", "fast", "silent"]
    names = ("drives_have_ego_motion", "ego_speeds_are_plausible")
    assert sorted(report.warnings) == [f"{name}: Got 1 result, configured to warn if != 0" for name in names]
    assert marts["fct_scenario_events"] == marts["fct_training_samples"] == []

    rows = drives.ego("alone", drives.times_s(2), drives.times_s(2) * 0 + 10.0)
    rows["silver.conditions"][0]["light"] = "dusk"
    rows["ops.ingest_ledger"][0]["silver_at_ns"] += 1
    drives.write_lake(lake, [rows])
    with pytest.raises(
        CurateError, match=r"(dim_drives_light|int_exposures__celled_odd_cell_id).*log: .*dbt\.log"
    ) as failure:
        curate("duckdb")
    assert "\n" not in str(failure.value)
    settings.cache_clear()


def test_a_column_that_must_not_be_null_and_is_stops_the_curate_by_its_name(
    tmp_path: Path, dbt_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = tmp_path / "lake"
    monkeypatch.setenv("LONGTAIL_LAKE", str(lake))
    monkeypatch.setenv("LONGTAIL_CACHE", str(dbt_cache))
    settings.cache_clear()
    drives.write_lake(lake, [drives.ego("alone", drives.times_s(2), drives.times_s(2) * 0 + 10.0)])
    motion = pa.table(DeltaTable(lake / "silver" / "ego_motion").to_pyarrow_table())
    for name in ("drive_id", "t_ns"):  # as no writer of ours would let them be
        place = motion.schema.get_field_index(name)
        motion = motion.set_column(place, name, pa.nulls(motion.num_rows, motion.schema.field(place).type))
    write_deltalake(lake / "silver" / "ego_motion", motion, mode="overwrite", schema_mode="overwrite")
    with pytest.raises(CurateError, match=r"stg_ego_motion has null in drive_id \(21 rows\) t_ns \(21 rows\)"):
        curate("duckdb")
    settings.cache_clear()


@pytest.mark.usefixtures("settled")
def test_the_input_digest_follows_the_versions_of_the_sources_and_the_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    before = module._input_digest("here", "sql")
    assert module._input_digest("here", "sql") == before
    assert module._input_digest("there", "sql") != before
    assert module._input_digest("here", "other sql") != before
    monkeypatch.setattr(module.lake, "version", lambda table: 99 if table == "silver.conditions" else 0)
    assert module._input_digest("here", "sql") != before


@pytest.mark.slow  # three runs of dbt: `.ci/run` has it
def test_a_fleet_that_brings_no_more_files_is_noticed(tmp_path: Path, dbt_cache: Path) -> None:
    rows = drives.ego("alone", drives.times_s(2), drives.times_s(2) * 0 + 10.0)
    environment = os.environ | {
        "LONGTAIL_LAKE": str(tmp_path / "lake"),
        "LONGTAIL_DUCKDB_PATH": str(tmp_path / "fresh.duckdb"),
        "LONGTAIL_DBT_PROJECT": str(PROJECT),
    }
    command = [str(Path(sys.executable).with_name("dbt")), "source", "freshness", "--target", "duckdb"]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--no-use-colors"]
    command += ["--target-path", str(dbt_cache / "freshness"), "--log-path", str(tmp_path)]
    for days, said in ((1, "PASS"), (5, "WARN"), (20, "ERROR STALE")):  # in one lake: dbt parses the project once
        rows["ops.ingest_ledger"][0]["received_at_ns"] = time.time_ns() - days * 86_400 * 10**9
        drives.write_lake(tmp_path / "lake", [rows])
        run = subprocess.run(command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert f"{said} freshness of ops.ingest_ledger" in run.stdout, run.stdout[-2000:]
        assert (run.returncode == 0) == (said != "ERROR STALE")
