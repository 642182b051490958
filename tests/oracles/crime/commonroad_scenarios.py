"""CommonRoad scenarios of an ego and a lead on one straight lane, in closed form, for commonroad-crime and for us.

The road runs along +x but for 0.1 mrad: commonroad-crime takes the absolute orientation of the lane for the angle
between lane and vehicle, adds half a length to x and y alike, and takes an orientation of 0 for none, so that in other
directions its distances and speeds along the lane, and along +x itself its required acceleration, are wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STEP_S, NUM_STEPS, LENGTH_M, WIDTH_M, LANE_M, ROAD_M, TILT = 0.1, 40, 4.5, 1.8, 3.5, 600.0, 1e-4
EGO_ID, LEAD_ID = 100, 200


@dataclass(frozen=True)
class Pair:
    """Speeds and accelerations (constant, along the lane) of both; `gap_m`: bumper to bumper at the start."""

    name: str
    gap_m: float
    ego_mps: float
    lead_mps: float
    ego_mps2: float = 0.0
    lead_mps2: float = 0.0
    lead_y_m: float = 0.0


PAIRS = (
    Pair("closing", 50.5, 20.0, 10.0),
    Pair("opening", 23.0, 15.0, 20.0),
    Pair("offset", 50.0, 20.0, 12.0, lead_y_m=0.6),
    Pair("ego-brakes", 20.0, 25.0, 15.0, ego_mps2=-2.0),
    Pair("lead-accelerates", 45.0, 20.0, 8.0, lead_mps2=1.5),
    Pair("lead-brakes", 37.0, 20.0, 20.0, lead_mps2=-4.0),
)


def states(start_m: float, speed_mps: float, mps2: float) -> Iterator[tuple[int, float, float]]:
    """(step, x_m, v_mps) at each step."""
    for step in range(NUM_STEPS + 1):
        t = step * STEP_S
        yield step, start_m + speed_mps * t + 0.5 * mps2 * t * t, speed_mps + mps2 * t


def write(pair: Pair, folder: Path) -> Path:
    """`<folder>/<name>.xml`, CommonRoad 2020a."""
    path = folder / f"ZAM_{pair.name.replace('-', '').title()}-1_1_T-1.xml"
    ego = _vehicle(EGO_ID, 50.0, 0.0, pair.ego_mps, pair.ego_mps2)
    lead = _vehicle(LEAD_ID, 50.0 + LENGTH_M + pair.gap_m, pair.lead_y_m, pair.lead_mps, pair.lead_mps2)
    bounds = _bound("leftBound", LANE_M / 2) + _bound("rightBound", -LANE_M / 2)
    path.write_text(
        f'<?xml version="1.0"?><commonRoad timeStepSize="{STEP_S}" commonRoadVersion="2020a" author="Longtail" '
        f'affiliation="Longtail" source="closed form" benchmarkID="{path.stem}" date="2026-11-22">'
        "<location><geoNameId>-999</geoNameId><gpsLatitude>999</gpsLatitude><gpsLongitude>999</gpsLongitude></location>"
        f'<scenarioTags/><lanelet id="1">{bounds}<laneletType>interstate</laneletType></lanelet>'
        f"{ego}{lead}</commonRoad>"
    )
    return path


def _bound(side: str, y_m: float) -> str:
    points = (f"<point><x>{x}</x><y>{y_m + TILT * x}</y></point>" for x in range(-50, int(ROAD_M) + 1, 10))
    return f"<{side}>{''.join(points)}</{side}>"


def _vehicle(number: int, start_m: float, y_m: float, speed_mps: float, mps2: float) -> str:
    first, *rest = (_state(step, x, y_m, v, mps2) for step, x, v in states(start_m, speed_mps, mps2))
    initial = first.replace("<state>", "<initialState>").replace("</state>", "</initialState>")
    shape = f"<shape><rectangle><length>{LENGTH_M}</length><width>{WIDTH_M}</width></rectangle></shape>"
    return (
        f'<dynamicObstacle id="{number}"><type>car</type>{shape}{initial}'
        f"<trajectory>{''.join(rest)}</trajectory></dynamicObstacle>"
    )


def _state(step: int, x_m: float, y_m: float, speed_mps: float, mps2: float) -> str:
    values = {"orientation": TILT, "velocity": speed_mps, "acceleration": mps2}
    exact = "".join(f"<{name}><exact>{value}</exact></{name}>" for name, value in values.items())
    return (
        f"<state><position><point><x>{x_m}</x><y>{y_m + TILT * x_m}</y></point></position>{exact}"
        f"<time><exact>{step}</exact></time></state>"
    )
