"""`longtail events`: the scenario events found in the lake."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from longtail import complete
from longtail.options import Drive, Json

_SHOWN = ("severity", "scenario_id", "min_ttc_s", "gap_at_start_m", "closing_speed_at_start_mps")


def events(
    scenario: Annotated[str | None, typer.Option(help="For example cut_in.", autocompletion=complete.scenarios)] = None,
    severity: Annotated[
        str | None, typer.Option(help="For example critical.", autocompletion=complete.severities)
    ] = None,
    drive: Drive = None,
    light: Annotated[str | None, typer.Option(help="day, low_ambient or night.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, gravest first.")] = 20,
    as_json: Json = False,
) -> None:
    """Scenario events, gravest first: what happened, where, how close it was.

    [dim]
    longtail events --scenario cut_in --severity critical

    longtail events --light night --json | jq '.[].event_id'
    [/dim]
    """
    from longtail import console
    from longtail.slices import events as find

    found = find(scenario, severity, drive, light, limit).to_pylist()
    if as_json:
        console.print_json(found)
        return
    if not found:
        console.note("no event fits; without options, `longtail events` lists all")
        return
    names = ["event", "severity", "scenario", "start (UTC)", "TTC s", "gap m", "closing m/s", "light", "drive"]
    console.print_rows(names, [_row(event) for event in found])
    console.note(f"draw one: longtail plot {found[0]['event_id'][:10]} -o event.png")


def _row(event: dict[str, Any]) -> list[Any]:
    start = datetime.fromtimestamp(event["t_start_ns"] / 1e9, UTC)
    severity, scenario, ttc, gap, closing = (event.get(name) for name in _SHOWN)
    return [
        event["event_id"][:10],
        severity,
        scenario,
        f"{start:%Y-%m-%d %H:%M:%S.%f}"[:-5],
        _tenths(ttc, 2),
        _tenths(gap, 1),
        _tenths(closing, 1),
        event.get("light"),
        event["drive_id"],
    ]


def _tenths(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
