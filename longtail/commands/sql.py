"""`longtail sql`: one SELECT over the lake, answered by DuckDB."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from longtail.options import Json


def sql(
    query: Annotated[str | None, typer.Argument(help="The query; `-` or nothing reads it from stdin.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the query from this file.")] = None,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="TABLE=VERSION", help="Pin a table to a version; repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Rows shown in a table; --json and --csv give all.")] = 50,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Ask the lake a question in SQL (DuckDB). Reads only; each table is pinned to one version.

    [dim]
    longtail sql "select drive_id, count(*) from silver.ego_motion group by all"

    longtail sql -f sql/duckdb/worst_cut_ins.sql --csv > worst.csv

    longtail sql "select count(*) from marts.fct_cut_ins" --at marts.fct_cut_ins=3
    [/dim]
    """
    from longtail import console
    from longtail.query import sql as answer

    table = answer(_text(query, file), version=_pins(at or []))
    if as_json:
        console.print_json(table.to_pylist())
    elif as_csv:
        from pyarrow import csv

        csv.write_csv(table, sys.stdout.buffer)
    else:
        rows = list(zip(*(column.to_pylist() for column in table.slice(0, limit).columns), strict=True))
        console.print_rows(table.column_names, rows)
        if table.num_rows > limit:
            console.note(f"{limit} of {table.num_rows} rows; --limit {table.num_rows}, --json or --csv show all")


def _text(query: str | None, file: Path | None) -> str:
    if file is not None and query is not None:
        raise typer.BadParameter("give a query or --file, not both")
    if file is not None:
        if not file.is_file():
            raise typer.BadParameter(f"{file} is not a file", param_hint="--file")
        return file.read_text()
    if query is None or query == "-":
        if sys.stdin.isatty():
            raise typer.BadParameter('no query; for example: longtail sql "select * from bronze.drives"')
        return sys.stdin.read()
    return query


def _pins(at: list[str]) -> dict[str, int] | None:
    pins = {}
    for word in at:
        table, _, version = word.partition("=")
        if not version.isdigit():
            raise typer.BadParameter(f"{word!r} is not TABLE=VERSION", param_hint="--at")
        pins[table] = int(version)
    return pins or None
