"""`longtail evaluate model|scenarios`: how good the model and the scenario definitions are."""

from pathlib import Path
from typing import Annotated, Any

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
    [/dim]
    """
    from longtail import console
    from training.evaluate import evaluate

    report = evaluate(version, snapshot)
    _print(console.print_json if as_json else None, report)


def scenarios(
    truth: Annotated[Path, typer.Option(help="Truth folder of the generated fleet.", exists=True)] = Path("truth"),
    tolerance: Annotated[float, typer.Option(min=0.0, help="Start times may differ by so many seconds.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Score the mined events against the truth of a generated fleet: recall and precision by scenario.

    [dim]
    longtail evaluate scenarios --truth truth
    [/dim]
    """
    from training.score_scenarios import score

    from longtail import console

    _print(console.print_json if as_json else None, score(truth, tolerance_s=tolerance))


def _print(as_json: Any, report: Any) -> None:
    from dataclasses import asdict, is_dataclass

    from longtail import console

    rows = report if isinstance(report, list) else getattr(report, "rows", [report])
    plain = [asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row) for row in rows]
    if as_json is not None:
        as_json(plain)
    elif plain:
        console.print_rows(list(plain[0]), [list(row.values()) for row in plain])
