"""Exactly once: the same bytes again, under other names, in any order, after a crash, or by two ingests at once."""

import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from longtail import lake
from longtail.settings import settings
from spark_jobs import ledger
from spark_jobs.bronze import land, wave
from tests.killing import INGESTED, contents
from tests.unit.ingest.conftest import Ingest, versions
from tests.unit.ingest.racing import Racers
from tests.unit.ingest.recordings import declare, truncate, write_mcap

ROUNDS = int(os.environ.get("LONGTAIL_RACES", "2"))


@pytest.fixture(scope="module")
def racers() -> Iterator[Racers]:
    with Racers() as started:
        yield started


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    """Four drives: two declared, one with two recordings, one cut off."""
    for number in range(4):
        folder = write_mcap(tmp_path / "landing" / "acme" / f"d{number}" / "recording.mcap", 20, 100 * number).parent
        if number < 2:
            declare(folder)
    write_mcap(tmp_path / "landing" / "acme" / "d2" / "second.mcap", 20, seed=250)
    truncate(tmp_path / "landing" / "acme" / "d3" / "recording.mcap", 0.7)
    return tmp_path / "landing"


def alone(ingest_here: Ingest, root: Path, *paths: Path) -> dict[str, list[str]]:
    """The content of a new lake after one ingest of `paths` that nothing disturbs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        settings.cache_clear()
        ingest_here(*paths)
        found = contents(INGESTED)
    settings.cache_clear()
    assert {"bronze.messages", "bronze.quarantine", "ops.ingest_ledger", "ops.ingest_topics"} <= found.keys()
    return found


def at(root: Path) -> dict[str, list[str]]:
    """The content of the lake at `root`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        settings.cache_clear()
        found = contents(INGESTED)
    settings.cache_clear()
    return found


def content_versions() -> dict[str, int]:
    """The versions of what an ingest says; ops.hashed_files follows times and names, and only saves work."""
    return {table: version for table, version in versions().items() if table != "ops.hashed_files"}


def test_the_same_file_twice_in_a_drive_is_one_file(landing: Path, ingest_here: Ingest) -> None:
    folder = landing / "acme" / "d2"
    shutil.copy(folder / "recording.mcap", folder / "zz-copy.mcap")
    report = ingest_here(folder)
    assert report.num_messages_landed == lake.read("bronze.messages").num_rows == 50


def test_a_file_that_was_renamed_or_uploaded_again_changes_nothing(landing: Path, ingest_here: Ingest) -> None:
    ingest_here(landing)
    before, content = content_versions(), contents(INGESTED)
    for path in landing.rglob("*.mcap"):
        shutil.copy(path, path.with_suffix(".part"))  # the same bytes in another inode, with a new time
        os.replace(path.with_suffix(".part"), path)
    (landing / "acme" / "d2" / "second.mcap").rename(landing / "acme" / "d2" / "renamed.mcap")
    assert ingest_here(landing).num_new_files == 0
    assert content_versions() == before
    assert contents(INGESTED) == content


def test_the_same_file_in_two_folders_lands_once_whichever_is_named_first(
    landing: Path, ingest_here: Ingest, tmp_path: Path
) -> None:
    folder = write_mcap(landing / "acme" / "a-copy" / "recording.mcap", 20, 250).parent
    (landing / "acme" / "d2" / "recording.mcap").unlink()
    drives = [folder, landing / "acme" / "d2"]
    forwards = alone(ingest_here, tmp_path / "forwards", *drives)
    assert len(forwards["bronze.messages"]) == 25
    assert sum("duplicate_file" in row for row in forwards["bronze.quarantine"]) == 1
    assert alone(ingest_here, tmp_path / "backwards", *reversed(drives)) == forwards


def test_any_order_of_paths_gives_the_same_tables(landing: Path, ingest_here: Ingest, tmp_path: Path) -> None:
    expected = alone(ingest_here, tmp_path / "expected", landing)
    draw = random.Random(3)  # noqa: S311 - an order, not a secret
    paths = [path for path in (landing / "acme").iterdir() for _ in range(2)]
    for number in range(3):
        draw.shuffle(paths)
        assert alone(ingest_here, tmp_path / f"shuffled-{number}", *paths) == expected


def test_two_ingests_of_the_same_at_once_leave_what_one_leaves(
    landing: Path, ingest_here: Ingest, tmp_path: Path, racers: Racers
) -> None:
    expected = alone(ingest_here, tmp_path / "alone", landing)
    for number in range(ROUNDS):
        root = tmp_path / f"raced-{number}"
        assert racers.race(root, [landing], [landing]) == ["balanced", "balanced"]
        assert at(root) == expected


def test_two_ingests_that_overlap_at_once_leave_what_one_of_both_leaves(
    landing: Path, ingest_here: Ingest, tmp_path: Path, racers: Racers
) -> None:
    expected = alone(ingest_here, tmp_path / "alone", landing)
    drives = sorted((landing / "acme").iterdir())
    for number in range(ROUNDS):
        root = tmp_path / f"raced-{number}"
        assert racers.race(root, drives[:3], drives[1:]) == ["balanced", "balanced"]
        assert at(root) == expected


def test_two_ingests_of_the_same_bytes_in_two_folders_land_them_once(
    landing: Path, tmp_path: Path, racers: Racers
) -> None:
    (landing / "acme" / "d2" / "recording.mcap").unlink()
    copy = write_mcap(landing / "acme" / "a-copy" / "recording.mcap", 20, 250).parent
    for number in range(ROUNDS):
        root = tmp_path / f"raced-{number}"
        assert racers.race(root, [copy], [landing / "acme" / "d2"]) == ["balanced", "balanced"]
        found = at(root)
        assert len(found["bronze.messages"]) == 25
        assert sum("duplicate_file" in row for row in found["bronze.quarantine"]) == 1
        assert sorted('"state": "quarantined"' in row for row in found["ops.ingest_ledger"]) == [False, True]


@pytest.mark.parametrize("step", ["record", "register_files", "commit_parts"])
def test_a_ledger_that_a_crash_left_behind_bronze_is_made_right_by_the_next_run(
    landing: Path, ingest_here: Ingest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    expected = alone(ingest_here, tmp_path / "alone", landing)
    place = {"record": ledger, "register_files": wave, "commit_parts": land}[step]
    real, calls = getattr(place, step), []

    def dies(*args: object) -> object:
        calls.append(args)
        if len(calls) < (2 if step == "commit_parts" else 1):
            return real(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(place, step, dies)
        with pytest.raises(KeyboardInterrupt):
            ingest_here(landing)
    assert {row["state"] for row in ledger.load().values()} == {"verified"}
    assert ingest_here(landing).unbalanced == ()
    assert contents(INGESTED) == expected


def test_what_another_ingest_has_brought_further_stays(landing: Path, ingest_here: Ingest) -> None:
    ingest_here(landing)
    earlier = [row | {"state": "verified", "bronze_num_messages": None} for row in ledger.load().values()]
    ledger.record(ledger.in_silver(ledger.load().values(), 0))
    assert ledger.record(earlier) == 0
    assert {row["state"] for row in ledger.load().values()} == {"silver"}


def test_a_claim_whose_file_is_gone_binds_nobody(
    landing: Path, ingest_here: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*args: object) -> object:
        raise KeyboardInterrupt

    copy = write_mcap(landing / "acme" / "z-copy" / "recording.mcap", 20, 200)
    with monkeypatch.context() as patch:
        patch.setattr(land, "commit_parts", dies)
        with pytest.raises(KeyboardInterrupt):
            ingest_here(copy)
    held_back = ingest_here(landing / "acme" / "d2")
    assert [problem["reason"] for problem in held_back.problems] == ["duplicate_file"]
    copy.unlink()
    assert ingest_here(landing / "acme" / "d2").is_clean
    assert lake.read("bronze.messages").num_rows == 50
