"""`longtail slice`: a few seconds of one drive."""

from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json


def slice_(
    drive: Annotated[str, typer.Argument(help="Drive id.", autocompletion=complete.drives)],
    start: Annotated[float, typer.Option("--start", "-s", help="First second of the drive, included.")] = 0.0,
    end: Annotated[float | None, typer.Option("--end", "-e", help="Last second, excluded; default: the end.")] = None,
    table: Annotated[
        str, typer.Option("--table", "-t", help="Which table.", autocompletion=complete.tables)
    ] = "silver.ego_motion",
    columns: Annotated[str | None, typer.Option("--columns", "-c", help="Comma-separated; default: all.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown in a table; --json gives all.")] = 50,
    as_json: Json = False,
) -> None:
    """Rows of one table for a few seconds of one drive, in time order.

    [dim]
    longtail slice local-0003 --start 10 --end 12 --columns t_ns,vx_ego_mps,ax_ego_mps2

    longtail slice local-0003 -s 10 -e 12 -t silver.object_tracks --json
    [/dim]
    """
    from longtail import console
    from longtail.slices import slice_ as rows_of

    names = [name.strip() for name in columns.split(",")] if columns else None
    found = rows_of(drive, start, end, table=table, columns=names)
    if as_json:
        console.print_json(found.to_pylist())
        return
    rows = list(zip(*(column.to_pylist() for column in found.slice(0, limit).columns), strict=True))
    console.print_rows(found.column_names, rows)
    if found.num_rows > limit:
        console.note(f"{limit} of {found.num_rows} rows; --limit or --json show more")
