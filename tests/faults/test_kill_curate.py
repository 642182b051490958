"""kill -9 in the middle of curate, run again: the same marts as without."""

import shutil
from pathlib import Path

import pytest

from longtail import lake
from longtail.settings import settings
from tests.killing import CURATED, contents, differing, kill_when, start

pytestmark = [pytest.mark.slow, pytest.mark.spark]


def marts(root: Path) -> dict[str, list[str]]:
    """The content of the marts of the lake at `root`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(root))
        settings.cache_clear()
        assert lake.tables()
        found = contents(CURATED)
    settings.cache_clear()
    return found


def test_a_curate_that_was_killed_and_run_again_leaves_the_same_marts(curated_lake: Path, tmp_path: Path) -> None:
    root = tmp_path / "lake"
    shutil.copytree(curated_lake, root, ignore=shutil.ignore_patterns("marts", "intermediate"))

    expected = marts(curated_lake)
    assert expected

    def is_half_done() -> bool:
        return 3 <= len(list(root.glob("marts/*/_delta_log/*.json"))) < len(expected)

    assert kill_when(start(root, "curate"), is_half_done), "it ended before it could be killed"
    assert len(marts(root)) < len(expected)
    # Other numbers of tasks deal rows out otherwise: what an engine may order as it likes must not show either.
    assert start(root, "curate", LONGTAIL_SPARK_CORES="3").wait() == 0
    assert differing(marts(root), expected) == {}
