"""`longtail curate`: silver to marts, with dbt."""

import atexit
import os
from pathlib import Path
from typing import Annotated

import typer

from longtail.options import Json


def curate(
    target: Annotated[str, typer.Option(help="spark: the marts of the lake; duckdb: a file, in seconds.")] = "spark",
    force: Annotated[bool, typer.Option("--force", help="Run even when nothing has changed.")] = False,
    database: Annotated[Path | None, typer.Option(help="DuckDB file; default: beside the lake.")] = None,
    as_json: Json = False,
) -> None:
    """Build and test the marts from silver. Does nothing when neither the data nor the SQL has changed.

    [dim]
    longtail curate

    longtail curate --target duckdb
    [/dim]
    """
    from dataclasses import asdict

    from longtail import console
    from longtail.progress import one_stage

    if target not in ("spark", "duckdb"):
        raise typer.BadParameter(f"{target!r} is neither spark nor duckdb", param_hint="--target")
    atexit.register(_no_leak_report)
    from spark_jobs.curate import curate as run

    with one_stage("curating") as on_progress:
        report = run(target, force, database, on_progress)
    if as_json:
        console.print_json(asdict(report))
    elif report.is_skipped:
        console.out().print(
            f"nothing has changed: {report.num_rows} rows of marts in {report.location} stay as they are"
        )
    else:
        console.out().print(
            f"{report.num_models} models, {report.num_tests} tests, {report.num_rows} rows of marts "
            f"in {report.location}, {report.duration_s:.1f} s"
        )
        for warning in report.warnings:
            console.note(f"warning: {warning}")
        console.note("next: longtail events")


def _no_leak_report() -> None:
    """dbt keeps DuckDB objects until the interpreter is gone, and DuckDB's binding lists each of them on stderr then.

    Registered before anything else, so it runs when everything that has something to say has said it.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
