"""Options that several commands share, spelled once."""

from pathlib import Path
from typing import Annotated

import typer

from longtail import complete

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Drive = Annotated[str | None, typer.Option("--drive", help="Only this drive.", autocompletion=complete.drives)]
SnapshotId = Annotated[
    str | None,
    typer.Option("--snapshot", help="Snapshot id; default: the newest.", autocompletion=complete.snapshots),
]


def writable(path: Path, is_forced: bool) -> Path:
    """`path` as an absolute one that may be written to.

    Raises:
        BadParameter: it is there already and --force was not given, or its folder is not there.
    """
    target = path.absolute()
    if target.exists() and not is_forced:
        raise typer.BadParameter(f"{target} is there already; --force replaces it")
    if not target.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.parent}")
    return target
