"""`longtail fleet generate|sumo`: a made-up fleet that writes what vehicles write; SUMO's traffic as recordings."""

from pathlib import Path
from typing import Annotated

import typer

from longtail.options import Json


def generate(
    drives: Annotated[int, typer.Option(min=1, help="How many drives.")] = 24,
    seconds: Annotated[float, typer.Option(min=5, help="Length of each drive, seconds.")] = 60.0,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    out: Annotated[Path | None, typer.Option(help="Landing zone; default: the setting `landing`.")] = None,
    truth: Annotated[Path, typer.Option(help="Where the truth goes; only evaluation reads it.")] = Path("truth"),
    project: Annotated[str | None, typer.Option(help="Project id; default: the setting `project`.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    as_json: Json = False,
) -> None:
    """Generate a fleet in the form in which recordings land, with its truth in a separate folder.

    [dim]
    longtail fleet generate --drives 24 --seconds 60 --seed 7
    [/dim]
    """
    from dataclasses import asdict

    from fleet.generate import generate_fleet
    from longtail import console
    from longtail.progress import counter
    from longtail.settings import settings

    landing = out or Path(settings().landing)
    name = project or settings().project
    with counter("generating", drives) as on_drive:
        summary = generate_fleet(
            landing, truth, drives, seconds, seed, project=name, workers=workers, on_drive=on_drive
        )
    if as_json:
        console.print_json({"landing": str(landing), "truth": str(truth), **asdict(summary)})
        return
    console.out().print(
        f"{drives} drives of {seconds:g} s in {landing}: {summary.num_messages} messages, "
        f"{summary.num_bytes / 1e6:.1f} MB; {summary.num_events} planted events in {truth}"
    )
    console.note(f"next: longtail ingest {landing}")


def sumo(
    egos: Annotated[int, typer.Option(min=1, help="Recording vehicles on each of two road networks.")] = 6,
    seconds: Annotated[float, typer.Option(min=120, help="Length of the simulation, seconds.")] = 400.0,
    seed: Annotated[int, typer.Option(help="Same seed, same traffic.")] = 11,
    out: Annotated[Path | None, typer.Option(help="Landing zone; default: the setting `landing`.")] = None,
    truth: Annotated[Path, typer.Option(help="Where the truth goes; only evaluation reads it.")] = Path("truth"),
    project: Annotated[str | None, typer.Option(help="Project id; default: the setting `project`.")] = None,
    as_json: Json = False,
) -> None:
    """Drives from a SUMO simulation (motorway and streets), with SUMO's own lane changes and TTC as truth.

    [dim]
    longtail fleet sumo --egos 6 --seconds 400 --truth truth-sumo
    [/dim]
    """
    from dataclasses import asdict

    from fleet.sumo.generate import generate_sumo
    from longtail import console
    from longtail.settings import settings

    landing = out or Path(settings().landing)
    summary = generate_sumo(landing, truth, egos, seconds, seed, project or settings().project)
    if as_json:
        console.print_json({"landing": str(landing), "truth": str(truth), **asdict(summary)})
        return
    console.out().print(
        f"{len(summary.drive_ids)} drives by {summary.version} in {landing}: {summary.num_messages} messages; "
        f"{summary.num_events} events in {truth}"
    )
    console.note(f"next: longtail ingest {landing}")
