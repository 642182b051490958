"""Matching is one to one, as large as it can be, and among the largest the nearest."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.training.test_score_scenarios import SECOND, found, planted
from training.event_matching import matched

TIMES = st.lists(st.integers(0, 80), max_size=5)


def test_a_late_start_does_not_take_the_place_of_a_possible_pair() -> None:
    """Nearest first would pair 1.0 with 1.4 and leave 0.0 alone; the maximum matching finds both."""
    ours = [planted("a", 0.5), planted("a", 1.5)]
    theirs = [found("a", t) | {"has_reference": True} for t in (1.3, 2.4)]
    assert matched(ours, theirs, 1.0, 2.0) == [(0, 0), (1, 1)]


@given(TIMES, TIMES)
def test_no_other_pairing_has_more_pairs(true_times: list[int], found_times: list[int]) -> None:
    ours = [planted("a", t / 10) for t in true_times]
    theirs = [found("a", t / 10) | {"has_reference": True} for t in found_times]
    pairs = matched(ours, theirs, 1.0, 2.0)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert all(abs(ours[i]["t_start_ns"] - theirs[j]["t_start_ns"]) <= SECOND for i, j in pairs)
    few, many = sorted((true_times, found_times), key=len)
    best = max(
        sum(abs(a - b) <= 10 for a, b in zip(few, order, strict=False)) for order in permutations(many, len(few))
    )
    assert len(pairs) == best
