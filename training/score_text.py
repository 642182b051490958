"""Scores as rows of text: for the terminal and for docs/scores.md alike."""

from training.score_scenarios import ScenarioScore
from training.shares import Share

Table = tuple[list[str], list[list[str | int | None]]]


def score_rows(scores: list[ScenarioScore]) -> Table:
    """One row per scenario that has a definition: counts, shares with 95 % intervals, overlap and start error."""
    names = ["scenario", "true", "found", "hits", "missed", "false alarms", "recall", "precision", "F1", "overlap",
             "start error, median"]  # fmt: skip
    rows: list[list[str | int | None]] = [
        [
            row.scenario_id, row.num_truth, row.num_found, row.tp, row.fn, row.fp,
            interval(row.recall), interval(row.precision), interval(row.f1), number(row.mean_overlap, 2),
            None if row.median_start_error_s is None else f"{row.median_start_error_s:.2f} s",
        ]
        for row in scores
        if row.is_defined
    ]  # fmt: skip
    return names, rows


def parameter_rows(scores: list[ScenarioScore]) -> Table:
    """One row per scenario and parameter: how many errors are below the bound, and how large they are."""
    names = ["scenario", "parameter", "pairs", "share within", "bound", "median error", "95 % below"]
    rows: list[list[str | int | None]] = [
        [
            row.scenario_id, error.name, error.within.trials, interval(error.within), f"{error.bound:g} {error.unit}",
            f"{error.median_error:.3f}", f"{error.p95_error:.3f}",
        ]
        for row in scores
        for error in row.parameters
    ]  # fmt: skip
    return names, rows


def interval(part: Share) -> str | None:
    """`0.95 (0.91 to 0.98)`; none without trials."""
    if part.value is None or part.ci_low is None or part.ci_high is None:
        return None
    return f"{part.value:.3f} ({part.ci_low:.2f} to {part.ci_high:.2f})"


def number(value: float | None, digits: int) -> str | None:
    """A value as text; none for none."""
    return None if value is None else f"{value:.{digits}f}"
