"""`longtail snapshot create|list|show`: pinned datasets."""

from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json

_NEWEST = "select * from ml.snapshots order by created_at_ns desc"


def create(
    name: Annotated[str, typer.Option(help="A name for people.")] = "default",
    where: Annotated[str | None, typer.Option(help="Keep only some samples, for example \"light = 'night'\".")] = None,
    as_json: Json = False,
) -> None:
    """Pin the training samples as they are now: members, table versions, digest.

    [dim]
    longtail snapshot create

    longtail snapshot create --name night --where "light = 'night'"
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from training.snapshot import create as pin

    snapshot = pin(name, where)
    if as_json:
        console.print_json(asdict(snapshot))
        return
    known = "" if getattr(snapshot, "is_new", True) else " (the same content was pinned before)"
    console.out().print(f"[bold]{snapshot.snapshot_id}[/bold]  {snapshot.num_items} samples{known}")
    console.note("next: longtail train")


def list_(as_json: Json = False) -> None:
    """All snapshots, newest first."""
    from datetime import UTC, datetime

    from longtail import console
    from longtail.query import sql

    found = sql(_NEWEST).to_pylist()
    if as_json:
        console.print_json(found)
        return
    rows = [
        [
            row["snapshot_id"],
            row["name"],
            f"{datetime.fromtimestamp(row['created_at_ns'] / 1e9, UTC):%Y-%m-%d %H:%M:%S}",
            row["num_items"],
            row["table_versions"],
        ]
        for row in found
    ]
    console.print_rows(["snapshot", "name", "created (UTC)", "samples", "table versions"], rows)


def show(
    snapshot_id: Annotated[str, typer.Argument(help="Snapshot id.", autocompletion=complete.snapshots)],
    as_json: Json = False,
) -> None:
    """One snapshot: what it pins, and how its samples are split."""
    from longtail import console
    from longtail.query import sql
    from longtail.statement import QueryError

    query = "select * from ml.snapshots where starts_with(snapshot_id, $id) order by created_at_ns desc"
    found = sql(query, parameters={"id": snapshot_id}).to_pylist()
    if len(found) != 1:
        raise QueryError(f"{len(found)} snapshots start with {snapshot_id!r}; `longtail snapshot list` lists them")
    splits = sql(
        "select split, count(*) as num_items, count(distinct drive_id) as num_drives from ml.snapshot_items"
        " where snapshot_id = $id group by split order by split",
        parameters={"id": found[0]["snapshot_id"]},
    ).to_pylist()
    if as_json:
        console.print_json({**found[0], "splits": splits})
        return
    console.print_rows(["", ""], list(found[0].items()))
    console.out().print()
    console.print_rows(["split", "samples", "drives"], [list(row.values()) for row in splits])
