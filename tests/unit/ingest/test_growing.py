"""Files that change under their path: each message counts once, and a worse copy takes nothing away."""

from pathlib import Path

import pytest

from longtail import lake
from longtail.overview import messages
from longtail.verify import verify
from spark_jobs import ingest as ingest_module
from spark_jobs import ledger
from tests.unit.ingest.conftest import Ingest, versions
from tests.unit.ingest.recordings import truncate, write_mcap

TABLES = ("bronze.messages", "bronze.lane_boundaries")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A recording that its writer has not finished."""
    return truncate(write_mcap(tmp_path / "landing" / "acme" / "d0" / "recording.mcap", num_messages=200), 0.6)


def whole(recording: Path) -> Path:
    """The same recording, finished."""
    return write_mcap(recording, num_messages=200)


def states() -> list[str]:
    return sorted(row["state"] for row in ledger.load().values())


def test_the_finished_file_takes_the_place_of_what_was_read_of_it_before(recording: Path, ingest_here: Ingest) -> None:
    early = ingest_here(recording.parent)
    assert 0 < early.num_messages_landed < 250
    late = ingest_here(whole(recording).parent)
    assert late.num_messages_landed == lake.read("bronze.messages").num_rows == 250
    assert {row["file_id"] for table in TABLES for row in lake.read(table, ["file_id"]).to_pylist()} == {
        row["file_id"] for row in ledger.load().values() if row["state"] == "bronze"
    }
    assert states() == ["bronze", "superseded"]
    assert late.is_clean
    assert messages()["is_balanced"]
    assert not verify().failures


def test_rows_equal_those_of_a_lake_that_saw_only_the_finished_file(
    recording: Path, ingest_here: Ingest, tmp_path: Path
) -> None:
    ingest_here(recording.parent)
    ingest_here(whole(recording).parent)
    order = [("file_id", "ascending"), ("record_index", "ascending")]
    grown = {table: lake.read(table).sort_by(order).combine_chunks() for table in TABLES}
    Path(lake.root()).rename(tmp_path / "grown")
    ingest_here(recording.parent)
    assert {table: lake.read(table).sort_by(order).combine_chunks() for table in TABLES} == grown


def test_a_copy_that_lost_its_end_takes_nothing_away_and_is_reported(recording: Path, ingest_here: Ingest) -> None:
    ingest_here(whole(recording).parent)
    before = lake.read("bronze.messages").num_rows
    truncate(recording, 0.5)
    first, again = ingest_here(recording.parent), ingest_here(recording.parent)
    assert lake.read("bronze.messages").num_rows == before == 250
    assert states() == ["bronze", "superseded"]
    assert "superseded" in {problem["reason"] for problem in again.problems}
    assert not first.is_clean
    assert not verify().failures


def test_a_kill_before_the_older_version_left_is_put_right_by_the_next_run(
    recording: Path, ingest_here: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(rows: object) -> int:
        raise KeyboardInterrupt

    ingest_here(recording.parent)
    settle = ingest_module.settle
    monkeypatch.setattr(ingest_module, "settle", dies)
    with pytest.raises(KeyboardInterrupt):
        ingest_here(whole(recording).parent)
    assert lake.read("bronze.messages").num_rows > 250
    monkeypatch.setattr(ingest_module, "settle", settle)
    ingest_here(recording.parent)
    assert lake.read("bronze.messages").num_rows == 250
    before = versions()
    ingest_here(recording.parent)
    assert {table: version for table, version in versions().items() if table != "ops.job_runs"} == {
        table: version for table, version in before.items() if table != "ops.job_runs"
    }


def test_a_file_that_was_refused_while_it_changed_is_history_once_it_landed(
    recording: Path, ingest_here: Ingest
) -> None:
    recording.write_bytes(recording.read_bytes()[:4])
    ingest_here(recording.parent)
    assert states() == ["quarantined"]
    ingest_here(whole(recording).parent)
    assert states() == ["bronze", "superseded"]
