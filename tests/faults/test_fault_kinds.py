"""Faults that are no kill: answers that get lost, a disk that fills up, one that is read-only, two writers."""

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from longtail.settings import REPOSITORY
from tests.faults.crashes import Lives, lake_at, tour, verdict, waves
from tests.faults.lives import Life


def may_mount(folder: Path) -> bool:
    """True when a tmpfs may be mounted in a namespace of one's own."""
    if shutil.which("unshare") is None:
        return False
    mount = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", str(folder)]
    return subprocess.run(mount, capture_output=True).returncode == 0


def test_a_commit_whose_answer_is_lost_is_made_once(memory: Path) -> None:
    plan = [[number, number + 10, number + 20] for number in range(8)]
    root, diary = memory / "lake", memory / "diary"
    with Lives() as lives:
        assert not lives.run(Life(str(root), plan, str(diary), seed=2, lost_answers=0.3))
    asked = diary.read_text().count("asked")
    answered = diary.read_text().count("answered")
    with lake_at(root):
        figures = verdict([batch for wave in plan for batch in wave], every=1)
    print(figures)
    assert not figures.wrong
    assert asked - answered >= 3


def test_a_full_and_a_read_only_disk_end_the_run_and_cost_nothing_once_there_is_room(tmp_path: Path) -> None:
    if not may_mount(tmp_path):
        pytest.skip("no permission to mount a tmpfs in a namespace (unshare -rm)")
    script = 'mount -t tmpfs -o size=4m none "$1" && exec "$0" -m tests.faults.small_disk "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, sys.executable, str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    print(found)
    full = [error for error in found["errors"] if "No space left" in error]
    assert len(full) >= 2, "it was to run out both while a file and while a commit is written"
    assert "" in found["errors"], "there was to be room enough in the end"
    assert "Read-only" in found["read_only"]
    assert not found["wrong"]
    assert not any(found["versions"].values())


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_two_writers_of_the_same_waves_that_are_both_killed_write_them_once(memory: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - moments, not secrets
    plan = waves(16, "out-of-order", draw)
    orders = [plan, plan[::-1]]
    kills = 0
    with Lives() as one, Lives() as other:
        for number in range(5):
            last = number == 4
            for writer, lives in enumerate((one, other)):
                point = None if last else draw.choice(("before-commit", "in-commit", "after-commit", "after-file"))
                diary = str(memory / f"diary-{writer}-{number}")
                life = Life(str(memory / "lake"), orders[writer], diary, draw.randrange(2**31), point)
                lives.start(replace(life, nth=draw.randrange(1, 5)))
            kills += one.end() + other.end()
    with lake_at(memory / "lake"):
        figures = verdict([batch for wave in plan for batch in wave], every=3)
    print(figures)
    assert not figures.wrong
    assert kills >= 4


@pytest.mark.slow
def test_lost_answers_and_kills_together(memory: Path) -> None:
    draw = random.Random(17)  # noqa: S311 - moments, not secrets
    with Lives() as lives:
        figures = tour(lives, memory / "tour", waves(100, "duplicate", draw), draw, lost_answers=0.2)
    print(figures)
    assert not figures.wrong
