"""Options that several commands share, spelled once."""

from typing import Annotated

import typer

from longtail import complete

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Drive = Annotated[str | None, typer.Option("--drive", help="Only this drive.", autocompletion=complete.drives)]
SnapshotId = Annotated[
    str | None,
    typer.Option("--snapshot", help="Snapshot id; default: the newest.", autocompletion=complete.snapshots),
]
