"""Research data sets in silver: frame numbers become instants of this century, and the vehicle moves as recorded."""

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from longtail.settings import REPOSITORY
from spark_jobs.drive_files import drive_files
from spark_jobs.readers import formats, registry
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver.drive import build_drive
from spark_jobs.silver.log_clock import DriveFacts

DATA = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
RECEIVED_NS = 1_790_000_000_000_000_000
OLDEST = datetime(2001, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.data


def silver(name: str, *patterns: str) -> dict[str, pa.Table]:
    """Every silver table of the drive called `name` among the files that match."""
    paths = [path for pattern in patterns for path in sorted(DATA.glob(pattern))]
    if not paths:
        pytest.skip(f"no {patterns} in {DATA}; set LONGTAIL_TEST_DATA")
    (found,) = [drive for drive in drive_files(paths) if drive.name == name]
    parts: dict[str, list[pl.DataFrame]] = {}
    for number, file in enumerate(found.files):
        source = SourceFile(str(file), f"{number:064d}", "p", "d", formats.sniff(file), file.stat().st_size)
        for task in registry.plan(source).tasks:
            for table, rows in registry.read(task):
                parts.setdefault(table, []).append(pl.DataFrame(rows))
    bronze = {table: pl.concat(rows) for table, rows in parts.items()}
    return build_drive(bronze, (), ("p", "d"), DriveFacts(received_at_ns=RECEIVED_NS))


SETS = {
    "kitti_tracking-0001": ("kitti_tracking/*/0001.txt",),
    "kitti_tracking-0002": ("kitti_tracking/*/*0002*",),
    "kitti_tracking-0012": ("kitti_tracking/*/0012.txt",),
    "USA_US101-5_1_T-1.xml": ("commonroad_ngsim/USA_US101*.xml",),
    "C-DEU_MONAMerge-2_1_T-79.xml": ("commonroad_mona/*_1_T-79.xml",),
    "boreas-objects-v1": ("boreas/boreas-objects-v1",),
    "gps-01": ("gps_lane_changes/gps",),
    "gps-02": ("gps_lane_changes/gps",),
    "0a1e6f0a-1817-4a98-b02e-db8c9327d151": ("av2/motion_forecasting",),
}


@pytest.mark.parametrize("name", SETS)
def test_no_row_of_silver_is_in_1970_or_1980_or_1999_and_none_after_reception(name: str) -> None:
    tables = silver(name, *SETS[name])
    times = [
        tables[table].column("t_ns").to_pylist()
        for table in ("silver.ego_motion", "silver.object_tracks")
        if tables[table].num_rows
    ]
    assert times
    assert min(map(min, times)) > OLDEST.timestamp() * 1e9
    assert max(map(max, times)) <= RECEIVED_NS


def test_a_trajectory_of_commonroad_drives_as_the_ego_with_the_others_around_it() -> None:
    tables = silver("USA_US101-5_1_T-1.xml", *SETS["USA_US101-5_1_T-1.xml"])
    speed = pl.DataFrame(tables["silver.ego_motion"])["vx_ego_mps"]
    assert 7 < speed.min() < speed.max() < 11
    lanes = tables["silver.object_tracks"].column("lane_source").to_pylist()
    assert lanes.count("map") > len(lanes) / 2  # none only beyond the ends of the driven path


def test_the_same_boxes_from_labels_and_openlabel_are_one_list_in_silver() -> None:
    tables = silver("kitti_tracking-0002", *SETS["kitti_tracking-0002"])
    rows = pl.DataFrame(tables["silver.object_tracks"])
    assert rows.height == 1497
    assert rows.select("track_id", "t_ns").is_duplicated().sum() == 0
