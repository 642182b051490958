"""build_silver: Spark writes what the pure functions say, once, and only for the drives asked for."""

from pathlib import Path

import polars as pl
import pytest
from deltalake import write_deltalake
from scenes import boxes, bronze, circle, odometry, times_ns

from longtail import lake
from longtail.contracts import contract
from longtail.settings import settings
from spark_jobs.silver.drive import OUTPUTS, build_drive
from spark_jobs.silver.inputs import drive_inputs, file_ranges

pytestmark = pytest.mark.spark
DRIVES = ("d1", "d2", "d3")


@pytest.fixture
def small_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, pl.DataFrame]]:
    """A lake with three drives in bronze; returns their rows by drive and table."""
    monkeypatch.setenv("LONGTAIL_LAKE", str(tmp_path / "lake"))
    settings.cache_clear()
    rows = {drive_id: _drive(drive_id, 10.0 + number) for number, drive_id in enumerate(DRIVES)}
    for tables in rows.values():
        for table, frame in tables.items():
            arrow = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            write_deltalake(lake.location(table), arrow, mode="append")
    yield rows
    settings.cache_clear()


def _drive(drive_id: str, speed_mps: float) -> dict[str, pl.DataFrame]:
    t, lists = times_ns(5, 50), times_ns(5, 10)
    one = {"project_id": ["p"], "drive_id": [drive_id]}
    return {
        "bronze.drives": bronze("bronze.drives", one | {"log_clock": "utc", "is_declared": False}),
        "bronze.files": bronze("bronze.files", one | {"file_id": "f", "source_path": "/landing/x"}),
        "bronze.ego_poses": odometry(t, circle(t, speed_mps, 300.0), (speed_mps, speed_mps / 300), drive_id=drive_id),
        "bronze.objects": boxes(lists, (0 * lists + 20.0, 0.0 * lists, 0.0 * lists), drive_id=drive_id),
    }


def _content(table: str) -> pl.DataFrame:
    return pl.read_parquet(lake.open_table(table).file_uris()).sort(pl.all())


def test_silver_in_delta_equals_the_pure_build_and_repeats(small_lake: dict[str, dict[str, pl.DataFrame]]):
    from spark_jobs.session import spark_session
    from spark_jobs.silver.run import build_silver

    spark = spark_session()
    report = build_silver(spark, ["d1", "d2"])
    assert not report.failures
    expected = [build_drive(small_lake[drive_id], (), ("p", drive_id)) for drive_id in ("d1", "d2")]
    for table in OUTPUTS:
        rows = pl.concat([pl.DataFrame(each[table]) for each in expected])
        assert report.num_rows[table] == rows.height
        if rows.height:
            assert _content(table).equals(rows.sort(pl.all())), table
        written = lake.open_table(table)
        assert written.protocol().min_reader_version == 1
        assert [field.name for field in written.schema().fields] == contract(table).schema.names
    before = {table: _content(table) for table in ("silver.ego_motion", "silver.object_tracks")}
    assert build_silver(spark, ["d2", "d1"]) == report
    assert all(_content(table).equals(rows) for table, rows in before.items())
    build_silver(spark, ["d3"])
    tracks = _content("silver.object_tracks")
    assert set(tracks["drive_id"]) == set(DRIVES)
    assert tracks.filter(pl.col("drive_id") != "d3").equals(before["silver.object_tracks"])
    assert not list(Path(lake.root()).glob(".scratch/*"))
    drives = {path: (low, high) for path, low, high in file_ranges("silver.ego_motion")}
    assert all(low and high for low, high in drives.values())


def test_a_task_reads_the_files_of_its_drive_only(small_lake: dict[str, dict[str, pl.DataFrame]]):
    inputs = drive_inputs(["d2", "unknown"], ["bronze.ego_poses", "bronze.imu_samples"])
    assert [each.drive_id for each in inputs] == ["d2"]
    assert len(inputs[0].files["bronze.ego_poses"]) == 1
    assert set(inputs[0].read()) == {"bronze.ego_poses"}
    assert set(inputs[0].read()["bronze.ego_poses"]["drive_id"]) == {"d2"}


def test_a_drive_that_cannot_be_built_harms_no_other(small_lake: dict[str, dict[str, pl.DataFrame]]) -> None:
    from spark_jobs.session import spark_session
    from spark_jobs.silver.run import build_silver

    (only,) = drive_inputs(["d2"], ["bronze.ego_poses"])[0].files["bronze.ego_poses"]
    Path(only).write_bytes(b"this is no Parquet file any more")
    report = build_silver(spark_session(), ["d1", "d2"])
    assert list(report.failures) == ["d2"]
    assert set(_content("silver.ego_motion")["drive_id"]) == {"d1"}
    assert report.num_rows["silver.ego_motion"] == _content("silver.ego_motion").height
