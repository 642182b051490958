"""Definitions against labels of others, the whole way: Argoverse 2 "stopped car", KITTI actions and occlusion.

Slow (two ingests on Spark and a curate): part of make faults, not of make test. `make scores` prints the figures.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.scores import av2, kitti, occlusion
from infra.scores.__main__ import starts_ns
from longtail.settings import REPOSITORY, settings
from tests.unit.readers.real_data import ROOT
from training.score_scenarios import ScenarioScore, score
from training.truth_table import read_truth

pytestmark = [
    pytest.mark.spark,
    pytest.mark.e2e,
    pytest.mark.data,
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / av2.FOLDER).is_dir(), reason=f"no real recordings in {ROOT} (LONGTAIL_TEST_DATA)"),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with a lake of the mining log and the KITTI sequences, and their marts as a DuckDB file."""
    folder = Path(os.environ.get("SCORED_LAKE") or tmp_path_factory.mktemp("scores"))  # an old one, to try an assertion
    if not (folder / "longtail.duckdb").exists():
        command = [str(Path(sys.executable).with_name("longtail")), "--lake", str(folder / "lake")]
        sources = [str(ROOT / av2.FOLDER), str(ROOT / "kitti_tracking")]
        for arguments in (["ingest", *sources], ["curate", "--target", "duckdb"]):
            done = subprocess.run([*command, *arguments], cwd=REPOSITORY, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LONGTAIL_LAKE", str(folder / "lake"))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


def scored(truth: Path, lake: Path) -> dict[str, ScenarioScore]:
    return {s.scenario_id: s for s in score(read_truth(truth), database=lake / "longtail.duckdb")}


def test_cars_that_stand_are_found_and_none_that_never_stands(lake: Path, tmp_path: Path) -> None:
    result = scored(av2.stopped_cars(ROOT, tmp_path, starts_ns(), must_stand=True), lake)["stationary"]
    assert result.f1.value is not None
    assert result.f1.value >= 0.9
    assert result.fp == 0


def test_the_truth_as_given_refers_to_moving_cars_too_which_are_the_misses(lake: Path, tmp_path: Path) -> None:
    as_given = scored(av2.stopped_cars(ROOT, tmp_path, starts_ns()), lake)["stationary"]
    standing = read_truth(av2.stopped_cars(ROOT, tmp_path, starts_ns(), must_stand=True))
    stands = {event["actor_track_id"] for event in standing.events}
    missed = {event["actor_track_id"] for event in as_given.misses}
    assert as_given.num_truth == 97
    assert as_given.precision.value == 1.0
    assert len(missed & stands) <= 6
    assert len(missed - stands) >= 18  # never below 1 m/s


def test_parked_cars_of_kitti_are_stationary_and_the_labelled_turn_is_found(lake: Path, tmp_path: Path) -> None:
    results = scored(kitti.actions(ROOT, tmp_path, kitti.DRIVE, starts_ns()[kitti.DRIVE]), lake)
    assert results["stationary"].tp >= 10
    assert results["stationary"].fp == 0
    assert results["turning"].tp == 1


def test_boxes_alone_tell_hidden_from_visible_as_people_do(lake: Path) -> None:
    result = occlusion.score()
    assert result.num_boxes == 12_035
    assert result.auc >= 0.85
    assert result.clear.value is not None
    assert result.clear.value >= 0.95
