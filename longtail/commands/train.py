"""`longtail train`: a snapshot to a registered model."""

from typing import Annotated

import typer

from longtail.options import Json, SnapshotId


def train(
    snapshot: SnapshotId = None,
    seed: Annotated[int, typer.Option(help="Same snapshot and seed, same model.")] = 0,
    as_json: Json = False,
) -> None:
    """Train the cut-in predictor on a snapshot, evaluate it against both baselines, register it in MLflow.

    [dim]
    longtail train

    longtail train --snapshot 4be1c6a2f0d93e57 --seed 1
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from longtail.newest import newest_snapshot
    from training.train import train as run

    report = run(snapshot or newest_snapshot(), seed=seed)
    facts = asdict(report)
    if as_json:
        console.print_json(facts)
    else:
        console.print_rows(["", ""], [[name.replace("_", " "), value] for name, value in facts.items()])
