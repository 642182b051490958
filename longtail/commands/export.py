"""`longtail export`: a drive as one recording again."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json


class Format(StrEnum):
    """What can be written."""

    MCAP = "mcap"


def export(
    drive: Annotated[str, typer.Argument(help="Drive id.", autocompletion=complete.drives)],
    format_: Annotated[Format, typer.Option("--format", "-f", help="Of the recording.")] = Format.MCAP,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; default: <drive>.mcap, here.")] = None,
    topics: Annotated[list[str] | None, typer.Option("--topics", "-t", help="Comma-separated; repeatable.")] = None,
    start: Annotated[float | None, typer.Option("--from", help="First second of the drive, included.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="Last second, excluded.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a drive as one recording: every payload byte for byte, times, sequence numbers and schemas as recorded.

    The bytes come from the landed files, each of which must still be the one that was ingested.

    [dim]
    longtail export local-0003 -o drive.mcap

    longtail export local-0003 --topics /perception/lanes,/vehicle/can/0 --from 10 --to 12
    [/dim]
    """
    from longtail import console
    from longtail.progress import one_stage

    target = (out or Path(f"{drive}.{format_.value}")).absolute()
    if target.exists() and not force:
        raise typer.BadParameter(f"{target} is there already; --force replaces it")
    if not target.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {target.parent}")
    from spark_jobs.export import export_mcap

    names = [name.strip() for part in topics or () for name in part.split(",") if name.strip()]
    with one_stage("export") as on_message:
        done = export_mcap(drive, target, names, start, end, on_message)
    if as_json:
        console.print_json(vars(done))
        return
    console.out().print(
        f"{done.num_messages} messages, {done.num_payload_bytes / 1e6:.1f} MB of payload in {done.path} "
        f"({done.num_bytes / 1e6:.1f} MB)"
    )
    for name in done.left_out:
        console.warn(f"{name} has no message payloads and is not part of it")
