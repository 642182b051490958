"""Ingest as a whole, up to bronze: once, twice, in any order, and late."""

import json
from pathlib import Path

import pytest

from longtail import lake
from spark_jobs import ledger
from spark_jobs.bronze import wave
from tests.unit.ingest.conftest import Ingest, versions
from tests.unit.ingest.recordings import declare, write_mcap


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Three drives of project acme."""
    for number in range(3):
        folder = write_mcap(tmp_path / "landing" / "acme" / f"d{number}" / "recording.mcap", seed=100 * number).parent
        declare(folder, site="depot")
    return tmp_path / "landing"


def test_every_recorded_message_lands_and_the_ledger_says_so(landing: Path, ingest_here: Ingest) -> None:
    report = ingest_here(landing)
    assert (report.num_drives, report.num_files, report.num_new_files) == (3, 6, 6)
    assert report.num_messages_in == report.num_messages_landed == lake.read("bronze.messages").num_rows == 150
    assert report.num_messages_decoded == 120
    assert report.is_clean
    states = {row["format"]: row["state"] for row in ledger.load().values()}
    assert states == {"mcap": "bronze", "drive_json": "bronze"}


def test_a_second_run_commits_nothing_and_reports_the_same(landing: Path, ingest_here: Ingest) -> None:
    first = ingest_here(landing)
    before = versions()
    second = ingest_here(landing)
    assert versions() == before
    assert second.num_new_files == 0
    assert second.num_messages_landed == first.num_messages_landed


def test_drives_one_by_one_and_backwards_give_the_same_rows_as_all_at_once(
    landing: Path, ingest_here: Ingest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for number in (2, 0, 1):
        ingest_here(landing / "acme" / f"d{number}")
    one_by_one = lake.read("bronze.messages").sort_by([("drive_id", "ascending"), ("record_index", "ascending")])
    for table in lake.tables():
        Path(lake.location(table)).rename(tmp_path / table)
    ingest_here(landing)
    at_once = lake.read("bronze.messages").sort_by([("drive_id", "ascending"), ("record_index", "ascending")])
    assert at_once.combine_chunks().equals(one_by_one.combine_chunks())


def test_a_file_that_arrives_later_is_added_and_its_drive_waits_for_silver_again(
    landing: Path, ingest_here: Ingest
) -> None:
    ingest_here(landing)
    rows = ledger.load()
    ledger.record(ledger.in_silver(rows.values(), 0))
    write_mcap(landing / "acme" / "d1" / "reference.mcap", seed=7)
    report = ingest_here(landing)
    assert report.num_new_files == 1
    assert ledger.stale_drives(ledger.load()) == ["d1"]


def test_what_drive_json_declares_reaches_bronze_drives_unknown_fields_included(
    landing: Path, ingest_here: Ingest
) -> None:
    declare(landing / "acme" / "d1", vehicle={"kind": "truck", "length_m": 16.5}, colour="red")
    ingest_here(landing)
    drive = next(row for row in lake.read("bronze.drives").to_pylist() if row["drive_id"] == "d1")
    assert (drive["project_id"], drive["vehicle_kind"], drive["length_m"]) == ("acme", "truck", 16.5)
    assert json.loads(drive["declaration"])["colour"] == "red"


def test_waves_commit_as_they_go(landing: Path, ingest_here: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave, "_WAVE_BYTES", 1)
    report = ingest_here(landing)
    assert report.num_messages_landed == 150
    assert lake.version("bronze.messages") == 3


def test_a_crash_between_two_table_commits_leaves_nothing_twice(
    landing: Path, ingest_here: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from spark_jobs.bronze import land

    def dies_at_messages(table: str, parts: object) -> int:
        if table == "bronze.messages":
            raise KeyboardInterrupt
        return commit_parts(table, parts)

    commit_parts = land.commit_parts
    monkeypatch.setattr(land, "commit_parts", dies_at_messages)
    with pytest.raises(KeyboardInterrupt):
        ingest_here(landing)
    assert lake.read("bronze.lane_boundaries").num_rows == 240
    monkeypatch.setattr(land, "commit_parts", commit_parts)
    report = ingest_here(landing)
    assert lake.read("bronze.lane_boundaries").num_rows == 240
    assert report.num_messages_landed == lake.read("bronze.messages").num_rows == 150
    files = {path.name for path in Path(lake.location("bronze.lane_boundaries")).glob("*.parquet")}
    assert len(files) == len(lake.open_table("bronze.lane_boundaries").file_uris())
