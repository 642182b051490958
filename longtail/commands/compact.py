"""`longtail compact`: small files of bronze, ops and ml put together, and what killed writers left behind removed."""

from dataclasses import asdict
from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json


def compact(
    tables: Annotated[
        list[str] | None,
        typer.Argument(help="Tables, as bronze.messages; default: all.", autocompletion=complete.compactable),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put small files together where there are many, and remove what killed writers left a day ago or earlier.

    Rows, order and pinned versions stay as they are.

    [dim]
    longtail compact

    longtail compact bronze.messages
    [/dim]
    """
    from longtail import console
    from spark_jobs.compaction import compact as run
    from spark_jobs.compaction import compactable
    from spark_jobs.orphans import sweep

    known = compactable()
    strangers = [table for table in tables or [] if table not in known]
    if strangers:
        raise typer.BadParameter(
            f"not a table that can be compacted: {', '.join(strangers)}; there are {', '.join(known)}"
        )
    done = [(run(table), sweep(table)) for table in tables or known]
    if as_json:
        console.print_json([asdict(each) | {"num_orphans_removed": removed} for each, removed in done])
    else:
        rows = [[each.table, str(each.num_files_before), str(each.num_files_after), str(left)] for each, left in done]
        console.print_rows(["table", "files before", "files after", "orphans removed"], rows)
