"""Search of scenario events: by what they are, by what they resemble, and by place, in one query."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from longtail.query import As, shaped, sql
from longtail.slices import event
from longtail.statement import QueryError

_SEARCH = Path(__file__).with_name("search.sql").read_text().removesuffix("limit 20\n")
_WANTED = """with wanted as (
  select
    cast($scenario as varchar) as scenario_id,
    cast($severity as varchar) as severity,
    cast($drive as varchar) as drive_id,
    cast($light as varchar) as light,
    cast($weather as varchar) as weather,
    cast($road_kind as varchar) as road_kind,
    cast($west as double) as west_deg,
    cast($south as double) as south_deg,
    cast($east as double) as east_deg,
    cast($north as double) as north_deg,
    cast($like as varchar) as like_event_id
),

corners as (
  select
    unnest(range(len($latitudes))) as corner_index,
    unnest(cast($latitudes as double[])) as latitude_deg,
    unnest(cast($longitudes as double[])) as longitude_deg
),

"""
_QUERY = _WANTED + _SEARCH + "limit $limit"
Corner = tuple[float, float]  # longitude, latitude, degrees, as in GeoJSON


def search(
    scenario: str | None = None,
    severity: str | None = None,
    drive: str | None = None,
    light: str | None = None,
    weather: str | None = None,
    road_kind: str | None = None,
    like: str | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    polygon: Sequence[Corner] = (),
    limit: int | None = 20,
    as_: As = "arrow",
) -> Any:
    """Events that fit every argument given, the most alike first, or the gravest first without `like`.

    `like`: an event id (its first characters are enough); `unlikeness` is the distance to it in standard deviations of
    the parameters. `bbox`: (west, south, east, north) in degrees. `polygon`: corners (longitude, latitude) in degrees,
    at least three. Events of drives without GNSS lie in no place.

    Raises:
        QueryError: no such event to be like, or a place that is none.
    """
    if polygon and len(polygon) < 3:
        raise QueryError(f"a polygon has at least three corners, this one has {len(polygon)}")
    west, south, east, north = bbox or (None, None, None, None)
    if bbox and not (bbox[0] <= bbox[2] and bbox[1] <= bbox[3]):
        raise QueryError("a box is west,south,east,north in degrees, west <= east and south <= north")
    values = {
        "scenario": scenario,
        "severity": severity,
        "drive": drive,
        "light": light,
        "weather": weather,
        "road_kind": road_kind,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "like": event(like)["event_id"] if like else None,
        "latitudes": [corner[1] for corner in polygon],
        "longitudes": [corner[0] for corner in polygon],
        "limit": limit,
    }
    return shaped(sql(_QUERY, parameters=values), as_)


def polygon_of(path: Path) -> list[Corner]:
    """The outer ring of the first polygon in a GeoJSON file: corners (longitude, latitude), the last not repeated.

    Raises:
        QueryError: the file cannot be read, or holds no polygon.
    """
    try:
        found = json.loads(path.read_text())
        while found.get("type") in ("FeatureCollection", "Feature"):
            found = found["features"][0] if found["type"] == "FeatureCollection" else found["geometry"]
        rings = found["coordinates"] if found["type"] == "Polygon" else found["coordinates"][0]
        ring = [(float(corner[0]), float(corner[1])) for corner in rings[0]]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise QueryError(f"{path} is no GeoJSON with a polygon: {error}") from error
    return ring[:-1] if len(ring) > 1 and ring[0] == ring[-1] else ring
