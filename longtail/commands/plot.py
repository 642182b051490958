"""`longtail plot`: the picture of one event."""

from pathlib import Path
from typing import Annotated

import typer

from longtail import complete
from longtail.options import Json


def plot(
    event_id: Annotated[str, typer.Argument(help="Event id, or its first characters.", autocompletion=complete.events)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the PNG goes.")] = Path("event.png"),
    as_json: Json = False,
) -> None:
    """Draw an event: bird's-eye view over time, and gap, closing speed and time to collision below it.

    [dim]
    longtail plot 3f2a91c0d4 -o event.png
    [/dim]
    """
    from longtail import console
    from longtail.picture import plot as draw

    path = draw(event_id, out)
    if as_json:
        console.print_json({"event_id": event_id, "path": str(path), "num_bytes": path.stat().st_size})
    else:
        console.out().print(str(path))
