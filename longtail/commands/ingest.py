"""`longtail ingest`: recordings to bronze and silver."""

from pathlib import Path
from typing import Annotated, Any

import typer

from longtail.exits import PROBLEMS
from longtail.options import Json


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders: a landing zone, a drive, one recording.")],
    project: Annotated[str | None, typer.Option(help="Project id for recordings that name none.")] = None,
    dbc: Annotated[list[Path] | None, typer.Option(help="DBC for CAN logs that bring none; repeatable.")] = None,
    as_json: Json = False,
) -> None:
    """Read recordings into the lake: bronze as recorded, silver on one clock. Only what is new is read.

    Exit code 3: finished, but something was quarantined; `longtail status` says what and why.

    [dim]
    longtail ingest landing

    longtail ingest trip.mf4 --dbc vehicle.dbc --project pilot
    [/dim]
    """
    from longtail import console
    from longtail.progress import stages

    missing = [str(path) for path in paths if "://" not in str(path) and not path.exists()]
    if missing:
        raise typer.BadParameter(f"not there: {', '.join(missing)}", param_hint="PATHS")
    from spark_jobs.ingest import ingest as run

    with stages() as report_progress:
        report = run([str(p) for p in paths], project, [str(p) for p in dbc or []], on_progress=report_progress)
    facts = _facts(report)
    if as_json:
        console.print_json(facts)
    else:
        console.print_rows(["", ""], [[name.replace("_", " "), value] for name, value in facts.items()])
    if facts.get("num_quarantined") or facts.get("num_quarantined_files") or facts.get("problems"):
        raise typer.Exit(PROBLEMS)


def _facts(report: object) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(report)  # type: ignore[call-overload, no-any-return]
