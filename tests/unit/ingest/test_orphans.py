"""What killed writers leave in a table's folder: found, and swept without touching what any version reads."""

import os
from pathlib import Path
from time import time

from longtail import lake
from spark_jobs.commit import commit_parts
from spark_jobs.orphans import mentioned, orphans, sweep
from spark_jobs.upsert import upsert
from tests.unit.ingest.test_commit import DRIVE, part

TABLE = "bronze.drives"


def aged(path: Path, seconds: float) -> Path:
    """`path` as if last written that long ago."""
    os.utime(path, (time() - seconds,) * 2)
    return path


def test_only_what_no_version_names_and_no_writer_waits_for_is_swept(empty_lake: Path) -> None:
    commit_parts(TABLE, [part("file-a", [1])])
    folder = Path(lake.location(TABLE))
    for path in folder.glob("*.parquet"):
        aged(path, 10**7)
    left = aged(Path(part("file-b", [2]).path), 10**6)
    staged = folder / "_delta_log" / "_commit_5f3c.json.tmp"
    staged.touch()
    aged(staged, 10**6)
    young = Path(part("file-c", [3]).path)
    assert orphans(TABLE) == sorted([str(left), str(staged)])
    assert sweep(TABLE) == 2
    assert young.exists()
    assert not left.exists()
    assert lake.read(TABLE).num_rows == 1


def test_a_file_that_only_an_old_version_names_is_no_orphan_with_or_without_its_checkpoint(empty_lake: Path) -> None:
    upsert(TABLE, [DRIVE], ["drive_id"])
    upsert(TABLE, [DRIVE | {"site": "there"}], ["drive_id"])
    first = lake.read(TABLE, version=1)
    assert len(mentioned(TABLE)) == 2
    lake.open_table(TABLE).create_checkpoint()
    assert sweep(TABLE, older_than_s=-1) == 0
    assert lake.read(TABLE, version=1).equals(first)


def test_files_of_a_log_that_was_cleaned_up_to_its_checkpoint_are_still_named(empty_lake: Path) -> None:
    commit_parts(TABLE, [part("file-a", [1])])
    commit_parts(TABLE, [part("file-b", [2])])
    lake.open_table(TABLE).create_checkpoint()
    for entry in (Path(lake.location(TABLE)) / "_delta_log").glob("*.json"):
        entry.unlink()
    assert commit_parts(TABLE, [part("file-a", [1])]) == 0
    assert sweep(TABLE, older_than_s=-1) == 0
    assert sorted(lake.read(TABLE)["drive_id"].to_pylist()) == ["d001", "d002"]


def test_a_table_that_is_not_there_has_no_orphans(empty_lake: Path) -> None:
    assert sweep(TABLE) == 0
