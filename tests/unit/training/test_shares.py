"""Shares: Wilson's intervals are the published ones, and F1 has the interval that follows from them."""

import pytest

from training.shares import f1_of, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 100, 0.7222, 0.8749)],
)
def test_wilson_intervals_are_the_published_ones(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_no_trials_no_interval() -> None:
    assert wilson(0, 0) == (None, None)


def test_f1_is_the_harmonic_mean_and_lies_in_its_interval() -> None:
    result = f1_of(8, 2, 4)
    precision, recall = 8 / 10, 8 / 12
    assert result.value == pytest.approx(2 * precision * recall / (precision + recall))
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert 0.4 < result.ci_low < result.value < result.ci_high < 0.95
