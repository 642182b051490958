"""Lane changes from fixes at 1 Hz against labels made by hand from video (gps_lane_changes): reader, silver, dbt."""

import shutil
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from longtail.settings import settings
from spark_jobs.silver.drive import build_drive
from spark_jobs.silver.log_clock import DriveFacts
from tests.gps_lane_labels import FOLDER, TRIPS, bronze, labels, matched
from tests.unit.dbt import drives

pytestmark = [
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no GPS trips at {FOLDER} (LONGTAIL_TEST_DATA)"),
]


def tables_of(trip: int) -> dict[str, pa.Table]:
    """Rows of bronze and silver of a trip, as the reader and silver make them."""
    read = bronze(FOLDER, trip)
    made = build_drive(read, [], ("p", f"trip-{trip}"), DriveFacts("utc", None, drives.START_NS))
    return made | {table: rows.to_arrow(compat_level=pl.CompatLevel.oldest()) for table, rows in read.items()}


@pytest.fixture(scope="module")
def changes(tmp_path_factory: pytest.TempPathFactory, dbt_cache: Path) -> pl.DataFrame:
    """Rows of int_ego_lane_changes__from_course of both trips."""
    from spark_jobs.curate import curate

    root = tmp_path_factory.mktemp("trips") / "lake"
    base = [part for trip in TRIPS for part in [drives.ego(f"trip-{trip}", drives.times_s(1), drives.times_s(1) + 20)]]
    for part in base:
        del part["silver.ego_motion"], part["silver.conditions"]
    drives.write_lake(root, [{t: [r | {"project_id": "p"} for r in rows] for t, rows in part.items()} for part in base])
    for trip in TRIPS:
        for table, rows in tables_of(trip).items():
            write_deltalake(root / table.replace(".", "/"), rows, mode="append")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        patch.setenv("LONGTAIL_CACHE", str(dbt_cache))
        settings.cache_clear()
        report = curate("duckdb")
        settings.cache_clear()
    copy = shutil.copy(report.location, root.parent / "read.duckdb")
    with duckdb.connect(str(copy), read_only=True) as connection:
        found = connection.execute("select * from intermediate.int_ego_lane_changes__from_course").to_arrow_table()
    return pl.DataFrame(found)


@pytest.mark.parametrize(("trip", "min_recall", "min_precision"), [(1, 0.80, 0.85), (2, 0.82, 0.83)])
def test_about_four_of_five_labelled_lane_changes_are_found_and_as_many_found_are_labelled(
    changes: pl.DataFrame, trip: int, min_recall: float, min_precision: float
):
    truth = labels(FOLDER, trip, f"trip-{trip}")
    hits, wanted, given = matched(truth, changes.filter(pl.col("drive_id") == f"trip-{trip}"))
    print(f"trip {trip}: recall {hits}/{wanted} = {hits / wanted:.3f}, precision {hits}/{given} = {hits / given:.3f}")
    assert hits / wanted >= min_recall
    assert hits / given >= min_precision


def test_the_labels_are_the_trips_of_the_day():
    counts = [labels(FOLDER, trip, "d").height for trip in TRIPS]
    assert counts == [58, 77]
    days = [pl.Series([labels(FOLDER, trip, "d")["t_start_ns"][0]]).cast(pl.Datetime("ns")).dt.date()[0].isoformat()
            for trip in TRIPS]  # fmt: skip
    assert days == ["2021-06-04", "2021-10-21"]
