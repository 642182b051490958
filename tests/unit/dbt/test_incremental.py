"""Marts built drive by drive are the marts built at once: after late data, a lost drive, a changed definition."""

import shutil
from pathlib import Path

import duckdb
import pytest

from longtail.settings import settings
from spark_jobs import curate as module
from spark_jobs.curate import curate
from tests.unit.dbt import drives


@pytest.fixture
def lake(tmp_path: Path, dbt_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of its own, as the lake of the settings."""
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    monkeypatch.setenv("LONGTAIL_CACHE", str(dbt_cache))
    settings.cache_clear()
    yield tmp_path / "lake"
    settings.cache_clear()


def content(file: str) -> dict[str, list[tuple]]:
    with duckdb.connect(file, read_only=True) as connection:
        tables = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('intermediate', 'marts') and table_type = 'BASE TABLE' order by 1"
        ).fetchall()
        names = [name for (name,) in tables if not name.endswith(("fct_pipeline_latency", "changed"))]
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in names}


def received(rows: drives.Rows, seconds: float) -> drives.Rows:
    """The drive as a later build of silver left it."""
    for row in rows.get("ops.ingest_ledger", []):
        row["silver_at_ns"] += round(seconds * 1e9)
    return rows


def test_an_incremental_run_gives_what_a_full_one_gives(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drives.write_lake(lake, [*drives.cut_in("a"), *drives.cut_in("b"), *drives.emergency_stop("gone")])
    file = lake.parent / "longtail.duckdb"
    curate("duckdb")
    asked: list[bool] = []
    built = module._Dbt._build
    monkeypatch.setattr(module._Dbt, "_build", lambda self, *args: (asked.append(self._is_full), built(self, *args)))

    # b got late data, and is no cut-in any more; one drive is gone, one is new
    late = [received(part, 60) for part in drives.ego_lane_change("b")]
    drives.write_lake(lake, [*drives.cut_in("a"), *late, *drives.emergency_stop("new")])
    curate("duckdb")
    changed = duckdb.connect(str(file), read_only=True)
    assert changed.execute("select drive_id from intermediate.int_drives__changed order by 1").fetchall() == [
        ("b",), ("gone",), ("new",)
    ]  # fmt: skip
    changed.close()
    whole = lake.parent / "whole.duckdb"
    curate("duckdb", force=True, database=whole)
    assert asked == [False, True]
    one, other = content(str(file)), content(str(whole))
    assert {row[1] for row in one["marts.fct_scenario_events"]} >= {"cut_in", "hard_brake", "near_miss", "lane_change"}
    assert one == other


def test_a_new_version_of_a_definition_builds_all_again_and_keeps_the_old_events(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(module.PROJECT, project, ignore=shutil.ignore_patterns("target", "__pycache__"))
    monkeypatch.setattr(module, "PROJECT", project)
    drives.write_lake(lake, [*drives.cut_in("a")])
    curate("duckdb")
    thresholds, definitions = project / "seeds/scenario_thresholds.csv", project / "seeds/scenario_definitions.csv"
    thresholds.write_text(thresholds.read_text().replace("cut_in,min_intrusion_m,0.30", "cut_in,min_intrusion_m,0.60"))
    definitions.write_text(definitions.read_text().replace("cut_in,1,", "cut_in,2,"))
    file = curate("duckdb").location
    query = "select definition_version, t_start_ns from marts.{} where scenario_id = 'cut_in'"
    with duckdb.connect(file, read_only=True) as connection:
        ((old, old_start),) = connection.execute(query.format("fct_superseded_events")).fetchall()
        ((new, new_start),) = connection.execute(query.format("fct_scenario_events")).fetchall()
    assert (old, new) == (1, 2)
    assert new_start > old_start, "60 cm over the mark come later than 30"


def test_a_project_may_have_its_own_threshold_and_its_events_say_so(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "dbt"
    shutil.copytree(module.PROJECT, project, ignore=shutil.ignore_patterns("target", "__pycache__"))
    monkeypatch.setattr(module, "PROJECT", project)
    with (project / "seeds/project_thresholds.csv").open("a") as file:
        file.write("p,hard_brake,1001,trigger_acceleration_mps2,-7.0,m/s²,our drivers brake hard,P\n")
    other = [{table: [row | {"project_id": "q"} for row in rows] for table, rows in part.items()}
             for part in drives.emergency_stop("of-q")]  # fmt: skip
    drives.write_lake(lake, [*drives.emergency_stop("of-p"), *other])
    with duckdb.connect(curate("duckdb").location, read_only=True) as connection:
        found = connection.execute("select drive_id, definition_version from marts.fct_hard_brakes").fetchall()
    assert found == [("of-q", 1)], "6.5 m/s² are hard braking for q, not for p"
