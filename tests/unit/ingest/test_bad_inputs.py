"""Bad inputs: each gets a clear line and a quarantine row, the summary is not clean, and nothing else is lost."""

import errno
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from longtail import lake
from longtail.settings import REPOSITORY
from spark_jobs import ledger
from tests.unit.ingest.conftest import Ingest, versions
from tests.unit.ingest.recordings import declare, truncate, write_mcap, write_mf4


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A drive without fault, in the landing zone that the bad ones join."""
    return write_mcap(tmp_path / "landing" / "acme" / "good" / "recording.mcap", seed=500).parent


def reasons() -> dict[str, str]:
    """Reason by drive in bronze.quarantine."""
    return {row["drive_id"]: row["reason"] for row in lake.read("bronze.quarantine").to_pylist()}


def assert_only(bad_drive: str, reason: str, ingest_here: Ingest, landing: Path) -> None:
    """One run: `bad_drive` is in quarantine for `reason`, the good drive is whole, and a second run changes nothing."""
    report = ingest_here(landing)
    assert {(problem["drive_id"], problem["reason"]) for problem in report.problems} == {(bad_drive, reason)}
    assert all(problem["detail"] for problem in report.problems)
    assert not report.is_clean
    assert report.unbalanced == ()
    assert reasons() == {bad_drive: reason}
    landed = lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist()
    assert landed.count("good") == 50
    before = versions()
    again = ingest_here(landing)
    assert versions() == before
    assert again.problems == report.problems


def test_a_text_file_named_mcap(good: Path, ingest_here: Ingest) -> None:
    folder = good.parent / "text"
    folder.mkdir()
    (folder / "recording.mcap").write_text("this is no recording\n" * 100)
    assert_only("text", "not_mcap", ingest_here, good.parents[1])


def test_an_empty_file(good: Path, ingest_here: Ingest) -> None:
    folder = good.parent / "nothing"
    folder.mkdir()
    (folder / "recording.mcap").touch()
    assert_only("nothing", "empty_file", ingest_here, good.parents[1])


def test_an_empty_folder(good: Path, ingest_here: Ingest) -> None:
    (good.parent / "hollow").mkdir()
    assert_only("hollow", "empty_drive", ingest_here, good.parents[1])


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """The system refuses to list or open a path; root, who runs tests, is refused nothing otherwise."""
    real_list, real_open, forbidden = os.scandir, io.open, set()

    def refuse(path: object) -> None:
        if str(path) in forbidden:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def scandir(path: str | Path) -> Any:
        refuse(path)
        return real_list(path)

    def opened(path: Any, *args: Any, **options: Any) -> Any:
        refuse(path)
        return real_open(path, *args, **options)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(io, "open", opened)
    monkeypatch.setattr("builtins.open", opened)
    return lambda path: forbidden.add(str(path))


def test_a_folder_that_cannot_be_listed(good: Path, ingest_here: Ingest, forbid: Callable[[Path], None]) -> None:
    forbid(write_mcap(good.parent / "locked" / "recording.mcap").parent)
    assert_only("locked", "unreadable", ingest_here, good.parents[1])


def test_a_folder_of_a_declared_drive_that_cannot_be_listed(
    good: Path, ingest_here: Ingest, forbid: Callable[[Path], None]
) -> None:
    folder = write_mcap(good.parent / "half" / "recording.mcap", seed=3).parent
    declare(folder)
    forbid(write_mcap(folder / "more" / "second.mcap", seed=4).parent)
    assert_only("half", "unreadable", ingest_here, good.parents[1])
    assert lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist().count("half") == 50


def test_a_recording_that_cannot_be_opened(good: Path, ingest_here: Ingest, forbid: Callable[[Path], None]) -> None:
    forbid(write_mcap(good.parent / "locked" / "recording.mcap"))
    report = ingest_here(good.parents[1])
    assert {(each["drive_id"], each["reason"]) for each in report.problems} >= {("locked", "unreadable")}
    assert lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist().count("good") == 50


def test_a_drive_json_with_a_wrong_hash_keeps_the_file_out_until_it_is_right(good: Path, ingest_here: Ingest) -> None:
    folder = write_mcap(good.parent / "liar" / "recording.mcap", seed=9).parent
    declare(folder, files=[{"path": "recording.mcap", "sha256": "0" * 64}])
    assert_only("liar", "hash_mismatch", ingest_here, good.parents[1])
    row = next(row for row in ledger.load().values() if row["drive_id"] == "liar" and row["format"] == "mcap")
    assert (row["state"], row["recorder_num_messages"], row["quarantined_num_messages"]) == ("quarantined", 50, 50)
    declare(folder)
    report = ingest_here(good.parents[1])
    assert report.is_clean
    assert report.num_messages_landed == 100


def test_a_drive_json_that_promises_another_number_of_messages(good: Path, ingest_here: Ingest) -> None:
    folder = write_mcap(good.parent / "liar" / "recording.mcap", seed=9).parent
    declare(folder, files=[{"path": "recording.mcap", "messages": 51}])
    assert_only("liar", "count_mismatch", ingest_here, good.parents[1])


def test_a_file_that_drive_json_names_and_that_is_not_there(good: Path, ingest_here: Ingest) -> None:
    folder = write_mcap(good.parent / "gap" / "recording.mcap", seed=9).parent
    declare(folder, files=[{"path": "recording.mcap"}, {"path": "reference.mcap"}])
    assert_only("gap", "missing_file", ingest_here, good.parents[1])
    assert lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist().count("gap") == 50


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1, 2]",
        '{"vehicle": {"length_m": -1}}',
        '{"files": [{"path": "../../etc/passwd"}]}',
        '{"drive_id": "a/b"}',
    ],
)
def test_a_drive_json_that_is_none(good: Path, ingest_here: Ingest, text: str) -> None:
    folder = write_mcap(good.parent / "scribble" / "recording.mcap", seed=9).parent
    (folder / "drive.json").write_text(text)
    assert_only("scribble", "bad_drive_json", ingest_here, good.parents[1])
    assert lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist().count("scribble") == 50


def test_a_truncated_recording_gives_its_whole_chunks_and_says_what_is_missing(good: Path, ingest_here: Ingest) -> None:
    truncate(write_mcap(good.parent / "cut" / "recording.mcap", seed=9), 0.5)
    assert_only("cut", "truncated", ingest_here, good.parents[1])
    landed = lake.read("bronze.messages", ["drive_id"]).column(0).to_pylist().count("cut")
    assert 0 < landed < 50
    row = next(row for row in ledger.load().values() if row["drive_id"] == "cut")
    assert (row["state"], row["reason"], row["bronze_num_messages"]) == ("bronze", "truncated", landed)


def test_the_same_recording_under_a_second_drive_is_not_loaded_twice(good: Path, ingest_here: Ingest) -> None:
    write_mcap(good.parent / "twin" / "copy.mcap", seed=500)
    assert_only("twin", "duplicate_file", ingest_here, good.parents[1])


def test_two_folders_that_claim_one_drive_id(good: Path, ingest_here: Ingest, tmp_path: Path) -> None:
    other = write_mcap(good.parent / "other" / "recording.mcap", seed=9).parent
    declare(other, drive_id="good")
    report = ingest_here(good.parents[1])
    assert {problem["reason"] for problem in report.problems} == {"drive_id_conflict"}
    assert report.num_messages_landed == 50


def test_a_drive_id_of_another_project_is_refused(good: Path, ingest_here: Ingest, tmp_path: Path) -> None:
    ingest_here(good.parents[1], project="acme")
    write_mcap(tmp_path / "elsewhere" / "good" / "recording.mcap", seed=77)
    report = ingest_here(tmp_path / "elsewhere", project="rival")
    assert [problem["reason"] for problem in report.problems] == ["drive_id_conflict"]
    assert report.num_messages_landed == 0


@pytest.mark.parametrize(("error", "reason"), [(KeyError("no"), "reader_failed"), (MemoryError("no"), "over_budget")])
def test_a_reader_that_breaks_costs_one_file_and_is_tried_again(
    good: Path, ingest_here: Ingest, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    from spark_jobs.readers import registry

    def breaks(task):
        if "fragile" in task.source.drive_id:
            raise error
        return read(task)

    read = registry.read
    write_mcap(good.parent / "fragile" / "recording.mcap", seed=9)
    monkeypatch.setattr(registry, "read", breaks)
    assert_only("fragile", reason, ingest_here, good.parents[1])
    assert not any(path.name.count("fragile") for path in Path(lake.location("bronze.messages")).iterdir())
    monkeypatch.setattr(registry, "read", read)
    report = ingest_here(good.parents[1])
    assert report.is_clean
    assert report.num_messages_landed == 100


def test_an_mdf4_log_without_a_dbc_keeps_its_frames_and_waits_for_one(good: Path, ingest_here: Ingest) -> None:
    folder = write_mf4(good.parent / "bus" / "vehicle.mf4", num_frames=30).parent
    assert_only("bus", "no_dbc", ingest_here, good.parents[1])
    assert lake.read("bronze.can_frames", ["drive_id"]).num_rows == 30
    row = next(row for row in ledger.load().values() if row["format"] == "mf4")
    assert (row["state"], row["bronze_num_messages"], row["quarantined_num_messages"]) == ("bronze", 30, 0)
    dbc = good.parents[2] / "fleet.dbc"
    shutil.copy(REPOSITORY / "fleet" / "vehicle.dbc", dbc)
    assert ingest_here(folder, dbc=[str(dbc)]).is_clean
    assert ingest_here(folder).is_clean
    assert ledger.stale_drives(ledger.load()) == ["bus", "good"]


def test_a_path_that_does_not_exist_is_an_error(ingest_here: Ingest, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no"):
        ingest_here(tmp_path / "nowhere")
