"""kill -9 of ingest at random moments, as often as LONGTAIL_KILLS says: the tables come out the same every time."""

import os
import random
from pathlib import Path
from time import monotonic

import pytest

from fleet.generate import generate_fleet
from tests.killing import kill_when, start
from tests.unit.ingest.test_kill import ingested

pytestmark = [pytest.mark.slow, pytest.mark.spark]

KILLS = int(os.environ.get("LONGTAIL_KILLS", "20"))
LONGEST_S = 40.0


def test_kills_at_random_moments_leave_nothing_lost_and_nothing_twice(tmp_path: Path) -> None:
    generate_fleet(tmp_path / "landing", tmp_path / "truth", drives=4, seconds=8.0, seed=43, workers=1)
    folder = tmp_path / "landing" / "local" / "text"
    folder.mkdir()
    (folder / "recording.mcap").write_text("this is no recording")
    undisturbed = ingested(tmp_path / "landing", tmp_path / "undisturbed" / "lake")
    draw = random.Random(5)  # noqa: S311 - moments, not secrets
    root, killed = tmp_path / "killed" / "lake", 0
    root.parent.mkdir()
    for number in range(KILLS):
        at = monotonic() + draw.uniform(1.0, LONGEST_S)
        if not kill_when(start(root, "ingest", tmp_path / "landing"), lambda at=at: monotonic() > at):
            assert ingested(tmp_path / "landing", root) == undisturbed
            root = tmp_path / f"killed-{number}" / "lake"
            root.parent.mkdir()
        else:
            killed += 1
    assert ingested(tmp_path / "landing", root) == undisturbed
    assert killed
