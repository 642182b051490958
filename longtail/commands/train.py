"""`longtail train`: a snapshot to a registered model."""

from typing import Annotated

import typer

from longtail.options import Json, SnapshotId


def train(
    snapshot: SnapshotId = None,
    seed: Annotated[int, typer.Option(help="Same snapshot and seed, same model.")] = 0,
    as_json: Json = False,
) -> None:
    """Train the cut-in predictor on a snapshot and register it in MLflow.

    [dim]
    longtail train

    longtail train --snapshot 4be1c6a2f0d93e57 --seed 1
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from longtail.newest import newest_snapshot

    snapshot_id = snapshot or newest_snapshot()
    from training.train import train as run

    report = run(snapshot_id, seed=seed)
    if as_json:
        console.print_json(asdict(report))
        return
    known = "" if report.is_new else " (registered before: same snapshot, seed and code)"
    out = console.out()
    out.print(f"[bold]{report.model_name}[/bold] version {report.model_version}{known}")
    rows = [
        [split, report.num_drives[split], report.num_samples[split], report.num_positives[split]]
        for split in report.num_samples
    ]
    console.print_rows(["split", "drives", "samples", "cut-ins"], rows)
    out.print(f"snapshot {report.snapshot_id}, {report.num_epochs} epochs, {report.train_s:.1f} s")
    for remark in report.notes:
        console.warn(remark)
    console.note("next: longtail evaluate model")
