"""Shares with their uncertainty: Wilson's 95 % interval, and F1 with the interval that follows from it."""

from dataclasses import dataclass

_Z_95 = 1.959963984540054  # normal quantile of a 95 % interval


@dataclass(frozen=True)
class Share:
    """`successes` of `trials` with a 95 % interval; value and ends are null without trials."""

    successes: int
    trials: int
    value: float | None
    ci_low: float | None
    ci_high: float | None


def share(successes: int, trials: int) -> Share:
    """A share and Wilson's interval."""
    low, high = wilson(successes, trials)
    return Share(successes, trials, successes / trials if trials else None, low, high)


def wilson(successes: int, trials: int) -> tuple[float | None, float | None]:
    """95 % interval of a share; none without trials."""
    if not trials:
        return None, None
    part, z2 = successes / trials, _Z_95**2
    centre = (part + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z_95 / (1 + z2 / trials) * (part * (1 - part) / trials + z2 / (4 * trials**2)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def f1_of(tp: int, fp: int, fn: int) -> Share:
    """F1 = 2 J / (1 + J), where J = TP / (TP + FP + FN) is a share: its Wilson interval carries over."""
    together = share(tp, tp + fp + fn)
    ends = [None if j is None else 2 * j / (1 + j) for j in (together.value, together.ci_low, together.ci_high)]
    return Share(tp, tp + fp + fn, *ends)
