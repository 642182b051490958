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
    truth: Annotated[Path, typer.Option(help="Truth: a folder or a table, see docs/truth-format.md.")] = Path("truth"),
    tolerance: Annotated[float, typer.Option(min=0.0, help="Starts may differ by so many seconds ...")] = 1.0,
    min_overlap: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="... or the intervals overlap by this share.")
    ] = 0.5,
    name: Annotated[
        str | None, typer.Option(help="Name of the truth in ops.definition_scores; default: its path's.")
    ] = None,
    database: Annotated[
        Path | None, typer.Option(help="DuckDB file of `longtail curate --target duckdb`, instead of the lake.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Score the scenario definitions against a truth: recall, precision, F1, overlap in time, errors of parameters.

    [dim]
    longtail evaluate scenarios --truth truth

    longtail sql "select * from ops.definition_scores where metric = 'f1'"
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from training.definition_scores import store
    from training.score_scenarios import score
    from training.score_text import parameter_rows, score_rows
    from training.truth_table import read_truth

    table = read_truth(truth, name)
    found = score(table, tolerance, min_overlap, database)
    num_written = store(table, found, tolerance, min_overlap)
    if as_json:
        console.print_json([asdict(row) for row in found])
        return
    console.print_rows(*score_rows(found))
    console.print_rows(*parameter_rows(found))
    undefined = [f"{row.scenario_id} ({row.num_truth})" for row in found if not row.is_defined]
    if undefined:
        console.note(f"in the truth, but without a definition yet: {', '.join(undefined)}")
    console.note(f"ops.definition_scores: {num_written} row(s) new or changed; misses and false alarms: --json")
