"""kill -9 of writers at every point of the commit path, whatever the order of delivery: nothing lost, nothing twice."""

import random
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import monotonic

import pytest

from tests.faults.crashes import DELIVERIES, Figures, Lives, numbered_tour, tour, waves
from tests.faults.lives import POINTS

KILLS, BATCHES, TOURS = 1_000, 10_000, 20


def test_kills_at_every_point_of_forty_batches_lose_nothing_and_double_nothing(memory: Path) -> None:
    draw = random.Random(11)  # noqa: S311 - moments, not secrets
    with Lives() as lives:
        figures = tour(lives, memory / "tour", waves(40, "duplicate", draw), draw)
    print(figures)
    assert not figures.wrong
    assert figures.kills.total() >= 10
    assert figures.most_repeated <= 1


@pytest.mark.slow
def test_a_thousand_kills_over_ten_thousand_batches_lose_nothing_and_double_nothing(memory: Path) -> None:
    started = monotonic()
    num_batches = BATCHES // TOURS * 9 // 8  # of some tours a part never arrives
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        figures = sum(pool.map(partial(numbered_tour, memory, num_batches), range(TOURS)), Figures())
    print(f"\n{figures}\n  in {monotonic() - started:.0f} s")
    assert not figures.wrong
    assert figures.kills.total() >= KILLS
    assert figures.batches >= BATCHES
    assert figures.most_repeated <= 1


@pytest.mark.slow
@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("point", POINTS)
def test_each_point_with_each_disorder(memory: Path, point: str, delivery: str) -> None:
    draw = random.Random(f"{point} {delivery}")  # noqa: S311 - moments, not secrets
    with Lives() as lives:
        figures = tour(lives, memory / "tour", waves(30, delivery, draw), draw, points=[point])
    print(figures)
    assert not figures.wrong
    assert figures.kills[point] >= 1
