"""kill -9 in the middle of ingest, run again: the same tables as without."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.generate import generate_fleet
from longtail.settings import settings
from spark_jobs import ledger
from spark_jobs.ingest import ingest
from tests.killing import INGESTED, contents, kill_when, start

pytestmark = [pytest.mark.spark, pytest.mark.slow]  # whole ingests with Spark; CI runs them beside make test


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generated drives, one with its CAN in MDF4, and one broken recording."""
    folder = tmp_path_factory.mktemp("kill")
    generate_fleet(folder / "landing", folder / "truth", drives=4, seconds=8.0, seed=41, workers=1)
    (folder / "landing" / "local" / "text").mkdir()
    (folder / "landing" / "local" / "text" / "recording.mcap").write_text("this is no recording")
    return folder / "landing"


@pytest.fixture(scope="module")
def undisturbed(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The content of a lake that nobody killed."""
    return ingested(landing, tmp_path_factory.mktemp("undisturbed") / "lake")


def ingested(landing: Path, root: Path) -> dict[str, list[str]]:
    """The content of the lake at `root` after an ingest in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        settings.cache_clear()
        report = ingest([str(landing)])
        assert report.unbalanced == ()
        assert [problem["reason"] for problem in report.problems] == ["not_mcap"]
        assert {row["state"] for row in ledger.load().values()} == {"silver", "quarantined"}
        found = contents(INGESTED)
    settings.cache_clear()
    return found


def some_part_is_written(root: Path) -> bool:
    return any(root.glob("bronze/*/part-*.parquet"))


def silver_has_begun(root: Path) -> bool:
    return any(root.glob("silver/*/_delta_log/*.json"))


@pytest.mark.parametrize("is_time", [some_part_is_written, silver_has_begun])
def test_an_ingest_that_was_killed_and_run_again_leaves_the_same_tables(
    landing: Path, undisturbed: dict[str, list[str]], tmp_path: Path, is_time: Callable[[Path], bool]
) -> None:
    root = tmp_path / "lake"
    assert kill_when(start(root, "ingest", landing), lambda: is_time(root)), "it ended before it could be killed"
    found = ingested(landing, root)
    assert found.keys() == undisturbed.keys()
    for table, rows in undisturbed.items():
        assert len(found[table]) == len(rows), table
        assert found[table] == rows, table
