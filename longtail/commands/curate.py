"""`longtail curate`: silver to marts, with dbt."""

from typing import Annotated

import typer

from longtail.options import Json


def curate(
    target: Annotated[str, typer.Option(help="spark: the lake's marts; duckdb: a local file, in seconds.")] = "spark",
    force: Annotated[bool, typer.Option("--force", help="Run even when nothing has changed.")] = False,
    as_json: Json = False,
) -> None:
    """Build and test the marts from silver. Does nothing when neither the data nor the SQL has changed.

    [dim]
    longtail curate

    longtail curate --target duckdb
    [/dim]
    """
    from longtail import console

    if target not in ("spark", "duckdb"):
        raise typer.BadParameter(f"{target!r} is neither spark nor duckdb", param_hint="--target")
    from dataclasses import asdict

    from spark_jobs.curate import curate as run

    report = run(target, force)
    facts = asdict(report)
    if as_json:
        console.print_json(facts)
    else:
        console.print_rows(["", ""], [[name.replace("_", " "), value] for name, value in facts.items()])
