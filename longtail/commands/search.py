"""`longtail search`: events by what they are, what they resemble, and where they happened."""

from pathlib import Path
from typing import Annotated, Any

import typer

from longtail import complete
from longtail.options import Drive, Json


def search(
    scenario: Annotated[str | None, typer.Option(help="For example cut_in.", autocompletion=complete.scenarios)] = None,
    severity: Annotated[
        str | None, typer.Option(help="For example critical.", autocompletion=complete.severities)
    ] = None,
    drive: Drive = None,
    light: Annotated[str | None, typer.Option(help="day, low_ambient or night.")] = None,
    weather: Annotated[str | None, typer.Option(help="clear, rain_light, rain_moderate or rain_heavy.")] = None,
    road_kind: Annotated[str | None, typer.Option("--road", help="highway, urban or rural.")] = None,
    like: Annotated[
        str | None,
        typer.Option(metavar="EVENT_ID", help="More like this one, nearest first.", autocompletion=complete.events),
    ] = None,
    bbox: Annotated[
        str | None, typer.Option(metavar="W,S,E,N", help="Only in this box, degrees: west,south,east,north.")
    ] = None,
    polygon: Annotated[Path | None, typer.Option(metavar="FILE", help="Only in this polygon, GeoJSON.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Find events: by what they are, more like one of them, in a place; every option narrows the list.

    [dim]
    longtail search --like 5d41402abc --light night

    longtail search --scenario cut_in --bbox 11.4,48.0,11.8,48.3

    longtail search --polygon munich.geojson --json | jq '.[].event_id'
    [/dim]
    """
    from longtail import console
    from longtail.search import polygon_of
    from longtail.search import search as find

    corners = polygon_of(polygon) if polygon else []
    box = _box(bbox) if bbox else None
    found = find(scenario, severity, drive, light, weather, road_kind, like, box, corners, limit).to_pylist()
    if as_json:
        console.print_json(found)
        return
    if not found:
        console.note("no event fits; `longtail events` lists all, and events of drives without GNSS have no place")
        return
    names = ["event", "unlikeness", "severity", "scenario", "class", "TTC s", "gap m", "light", "weather", "drive"]
    console.print_rows(names, [_row(event) for event in found])
    console.note(f"draw one: longtail plot {found[0]['event_id'][:10]} -o event.png")


def _box(text: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not W,S,E,N", param_hint="--bbox") from None
    return west, south, east, north


def _row(event: dict[str, Any]) -> list[Any]:
    numbers = [event["unlikeness"], event["min_ttc_s"], event["gap_at_start_m"]]
    unlikeness, ttc, gap = (None if value is None else round(value, 2) for value in numbers)
    texts = [event["severity"], event["scenario_id"], event["object_class"]]
    return [event["event_id"][:10], unlikeness, *texts, ttc, gap, event["light"], event["weather"], event["drive_id"]]
