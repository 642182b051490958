"""`longtail fleet generate`: a made-up fleet that writes what vehicles write."""

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Annotated, Any

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
    from fleet.generate import generate_fleet

    from longtail import console
    from longtail.progress import bar
    from longtail.settings import settings

    landing = out or Path(settings().landing)
    with bar("generating", drives) as advance:
        summary = generate_fleet(
            landing,
            truth,
            drives,
            seconds,
            seed,
            project=project or settings().project,
            workers=workers,
            on_drive=lambda drive_id: advance(drive_id),
        )
    facts: dict[str, Any] = asdict(summary) if is_dataclass(summary) else {}
    if as_json:
        console.print_json({"landing": str(landing), "truth": str(truth), **facts})
    else:
        console.out().print(f"{drives} drives of {seconds:g} s in {landing}, their truth in {truth}")
        console.note(f"next: longtail ingest {landing}")
