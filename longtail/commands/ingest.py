"""`longtail ingest`: recordings to bronze and silver."""

from pathlib import Path
from typing import Annotated, Any

import typer

from longtail.exits import PROBLEMS
from longtail.options import Json

_PROBLEMS_SHOWN = 12


def ingest(
    paths: Annotated[list[str], typer.Argument(help="Files or folders: a landing zone, a drive, one recording.")],
    project: Annotated[str | None, typer.Option(help="Project id for recordings that name none.")] = None,
    dbc: Annotated[list[Path] | None, typer.Option(help="DBC for CAN logs that bring none; repeatable.")] = None,
    cross_check: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the new messages that other decoders read again.")
    ] = 0.0,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file again, also those that look as before.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Read recordings into the lake: bronze as recorded, silver on one clock. Only what is new is read.

    Exit code 3: finished, but something was put aside; each trouble is a line here and a row in bronze.quarantine.

    [dim]
    longtail ingest landing

    longtail ingest trip.mf4 --dbc vehicle.dbc --project pilot

    longtail ingest landing --cross-check 0.01
    [/dim]
    """
    from longtail import console
    from longtail.progress import stages

    named = [*paths, *(str(path) for path in dbc or [])]
    missing = [path for path in named if "://" not in path and not Path(path).exists()]
    if missing:
        raise typer.BadParameter(f"not there: {', '.join(missing)}")
    from spark_jobs.ingest import ingest as run

    with stages() as on_progress:
        report = run(paths, project, [str(path) for path in dbc or []], on_progress, cross_check, rehash)
    if as_json:
        console.print_json(report.to_dict())
    else:
        _print(report)
    if not report.is_clean:
        raise typer.Exit(PROBLEMS)


def _print(report: Any) -> None:
    from longtail import console

    out = console.out()
    new = f"{report.num_new_files} of them new" if report.num_new_files else "nothing new"
    out.print(f"{report.num_drives} drives, {report.num_files} files ({new}), {report.num_bytes / 1e6:.1f} MB")
    out.print(
        f"{report.num_messages_in} messages in = {report.num_messages_landed} landed "
        f"+ {report.num_messages_quarantined} quarantined; {report.num_messages_decoded} decoded"
    )
    if report.num_cross_checked:
        out.print(f"{report.num_cross_checked} messages decoded again by other code")
    if report.silver_drives:
        out.print(f"{len(report.silver_drives)} drives to silver, {report.seconds:.1f} s in all")
    if report.problems:
        rows = [[p["drive_id"], Path(p["path"]).name, p["reason"], p["detail"]] for p in report.problems]
        console.print_rows(["drive", "file", "trouble", "detail"], rows[:_PROBLEMS_SHOWN])
        if len(rows) > _PROBLEMS_SHOWN:
            console.note(f"{len(rows)} in all; bronze.quarantine has every one")
    for line in report.unbalanced:
        console.fail(line)
    if report.is_clean:
        console.note("next: longtail curate")
