"""`longtail evaluate model|scenarios`: how good the model and the scenario definitions are."""

from pathlib import Path
from typing import Annotated

import typer

from longtail.options import Json, SnapshotId


def model(
    version: Annotated[str | None, typer.Option(help="Model version; default: the newest.")] = None,
    snapshot: SnapshotId = None,
    as_json: Json = False,
) -> None:
    """Score a model on a snapshot by slice, beside the two baselines, on drives that it never saw.

    [dim]
    longtail evaluate model

    longtail sql "select * from ml.evaluations where slice_name = 'light'"
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from training.evaluate import evaluate
    from training.report import text

    report = evaluate(version, snapshot)
    if as_json:
        console.print_json(asdict(report))
    else:
        console.out().print(text(report), markup=False, end="")
        console.note("by light, road, gap and class: longtail sql 'select * from ml.evaluations'")


def scenarios(
    truth: Annotated[Path, typer.Option(help="Truth folder of the generated fleet.")] = Path("truth"),
    tolerance: Annotated[float, typer.Option(min=0.0, help="Start times may differ by so many seconds.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Score the mined events against the truth of a generated fleet: recall and precision by scenario.

    [dim]
    longtail evaluate scenarios --truth truth
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from training.score_scenarios import score

    found = score(truth, tolerance_s=tolerance)
    if as_json:
        console.print_json([asdict(row) for row in found])
        return
    names = ["scenario", "planted", "found", "recall", "95 %", "precision", "95 %", "missed", "false alarms"]
    rows = [
        [
            row.scenario_id,
            row.num_truth,
            row.num_found,
            _share(row.recall),
            _interval(row.recall_ci_low, row.recall_ci_high),
            _share(row.precision),
            _interval(row.precision_ci_low, row.precision_ci_high),
            row.fn,
            row.fp,
        ]
        for row in found
        if row.is_defined
    ]
    console.print_rows(names, rows)
    undefined = [f"{row.scenario_id} ({row.num_truth})" for row in found if not row.is_defined]
    if undefined:
        console.note(f"planted, but without a definition yet: {', '.join(undefined)}")


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _interval(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{low:.2f} to {high:.2f}"
