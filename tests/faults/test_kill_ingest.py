"""kill -9 of whole ingests, and two of them at once: the tables come out the same every time."""

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from fleet.generate import generate_fleet
from tests.killing import kill_when, start
from tests.unit.ingest.test_kill import ingested

pytestmark = [pytest.mark.slow, pytest.mark.spark]

KILLS = int(os.environ.get("LONGTAIL_KILLS", "20"))
LONGEST_S = 20.0


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four small generated drives and one broken recording."""
    folder = tmp_path_factory.mktemp("kill-ingest")
    generate_fleet(folder / "landing", folder / "truth", drives=4, seconds=5.0, seed=43, workers=1)
    broken = folder / "landing" / "local" / "text"
    broken.mkdir()
    (broken / "recording.mcap").write_text("this is no recording")
    return folder / "landing"


@pytest.fixture(scope="module")
def undisturbed(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The content of a lake that nobody killed and that nobody else wrote to."""
    return ingested(landing, tmp_path_factory.mktemp("undisturbed") / "lake")


def moment(root: Path, draw: random.Random) -> Callable[[], bool]:
    """When to kill: one to six commits from now in any table, or when a part is written, or simply after some time.

    By time alone nearly every kill would meet Spark as it starts.
    """
    kind = draw.choice(["commit", "commit", "commit", "part", "time"])
    pattern = "*/*/_delta_log/*.json" if kind == "commit" else "*/*/*.parquet"
    wanted = len(list(root.glob(pattern))) + draw.randint(1, 6)
    begun, after_s = monotonic(), draw.uniform(0.5, LONGEST_S)
    if kind == "time":
        return lambda: monotonic() - begun > after_s
    return lambda: len(list(root.glob(pattern))) >= wanted


def test_kills_at_random_moments_leave_nothing_lost_and_nothing_twice(
    landing: Path, undisturbed: dict[str, list[str]], tmp_path: Path
) -> None:
    draw = random.Random(5)  # noqa: S311 - moments, not secrets
    number = 0
    root = tmp_path / "0" / "lake"
    for killed in range(KILLS):
        root.parent.mkdir(exist_ok=True)
        while not kill_when(start(root, "ingest", landing), moment(root, draw)):
            assert ingested(landing, root) == undisturbed, f"after {killed} kills, lake {number}"
            number += 1
            root = tmp_path / str(number) / "lake"
            root.parent.mkdir()
    assert ingested(landing, root) == undisturbed
    print(f"\n{KILLS} kills of whole ingests over {number + 1} lakes: the same tables")


def test_two_whole_ingests_at_once_leave_what_one_leaves(
    landing: Path, undisturbed: dict[str, list[str]], tmp_path: Path
) -> None:
    root = tmp_path / "lake"
    both: list[subprocess.Popen[bytes]] = [start(root, "ingest", landing) for _ in range(2)]
    assert [process.wait() for process in both] == [3, 3], "finished, with the broken recording put aside"
    assert ingested(landing, root) == undisturbed
