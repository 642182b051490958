"""`longtail export`: a drive as one recording again, or an event in an exchange format."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json, writable


class Format(StrEnum):
    """What can be written, of a drive (mcap) or of an event."""

    MCAP = "mcap"
    OPENLABEL = "openlabel"
    OPENSCENARIO = "openscenario"


_SUFFIX = {Format.MCAP: "mcap", Format.OPENLABEL: "openlabel.json", Format.OPENSCENARIO: "xosc"}


def export(
    what: Annotated[
        str, typer.Argument(metavar="ID", help="A drive; for the other formats an event.", autocompletion=complete.ids)
    ],
    format_: Annotated[Format, typer.Option("--format", "-f", help="mcap: of a drive.")] = Format.MCAP,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default: <id>.<format>, here.")
    ] = None,
    topics: Annotated[
        list[str] | None, typer.Option("--topics", "-t", help="mcap: comma-separated; repeatable.")
    ] = None,
    start: Annotated[float | None, typer.Option("--from", help="mcap: first second of the drive, included.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="mcap: last second, excluded.")] = None,
    margin: Annotated[float, typer.Option("--margin", min=0.0, help="Seconds before and after an event.")] = 2.0,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a drive as one recording, or an event as ASAM OpenLABEL 1.0 or OpenSCENARIO XML 1.3.

    A recording has every payload byte for byte, times, sequence numbers and schemas as recorded; the bytes come from
    the landed files, each of which must still be the one that was ingested. To watch one event: longtail clip.

    [dim]
    longtail export local-0003 -o drive.mcap

    longtail export local-0003 --topics /perception/lanes,/vehicle/can/0 --from 10 --to 12

    longtail export 3f2a91c0d4 --format openlabel -o event.json

    longtail export 3f2a91c0d4 --format openscenario --margin 5
    [/dim]
    """
    if format_ is not Format.MCAP and (topics or start is not None or end is not None):
        raise typer.BadParameter(f"--topics, --from and --to are for mcap; {format_.value} takes --margin")
    target = writable(out or Path(f"{what}.{_SUFFIX[format_]}"), force)
    if format_ is Format.MCAP:
        names = [name.strip() for part in topics or () for name in part.split(",") if name.strip()]
        _recording(what, target, names, start, end, as_json)
    else:
        _event(what, target, format_, margin, as_json)


def _event(event_id: str, target: Path, format_: Format, margin: float, as_json: bool) -> None:
    from longtail import console
    from longtail.event_files import openlabel, openscenario

    write = openlabel.write if format_ is Format.OPENLABEL else openscenario.write
    path = write(event_id, target, margin)
    if as_json:
        told = {"event_id": event_id, "format": format_.value, "path": str(path), "num_bytes": path.stat().st_size}
        console.print_json(told)
    else:
        console.out().print(f"{path} ({path.stat().st_size / 1e3:.0f} kB)")


def _recording(
    drive: str, target: Path, names: list[str], start: float | None, end: float | None, as_json: bool
) -> None:
    from longtail import console
    from longtail.progress import one_stage
    from spark_jobs.export import export_mcap

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
