"""The map of a drive as the vehicle publishes it: lane, road and crosswalk polygons with speed limits, map frame."""

import itertools
import json

import numpy as np

from fleet.roads import Road
from fleet.simulate import DriveStates

SCHEMA = {
    "title": "longtail.MapElements",
    "type": "object",
    "required": ["elements"],
    "properties": {
        "elements": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["element_id", "kind", "polygon_xy_m"],
                "properties": {
                    "element_id": {"type": "string"},
                    "kind": {"enum": ["crosswalk", "lane", "road", "intersection"]},
                    "polygon_xy_m": {
                        "type": "array",
                        "minItems": 3,
                        "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
                    },
                    "speed_limit_mps": {"type": ["number", "null"]},
                    "turn": {"enum": ["left", "right", "straight", None]},
                },
            },
        }
    },
}
PERIOD_S = 5.0
PIECE_M = 150.0
BEYOND_M = 250.0  # what the map shows behind the first and ahead of the last place of the ego
VERTEX_M = {"highway": 10.0, "urban": 6.0}  # chords stay within 3 cm of the tightest bend


def map_message(states: DriveStates) -> bytes:
    """The whole map of the drive as longtail.MapElements JSON: the same bytes at every publication."""
    setting, road = states.setting, states.road
    cuts = {float(states.ego.s[0]) - BEYOND_M, float(states.ego.s[-1]) + BEYOND_M}
    if setting.zone is not None:
        cuts |= {
            s for s in (setting.zone.s_from_m, setting.zone.s_to_m) if min(cuts) + 1.0 < s < max(cuts) - 1.0
        }  # fmt: skip
    stations = sorted(cuts)
    spans = [
        (a + (b - a) * i / num, a + (b - a) * (i + 1) / num)
        for a, b in itertools.pairwise(stations)
        for num in [int((b - a) // PIECE_M) + 1]
        for i in range(num)
    ]
    elements = []
    for number, (a, b) in enumerate(spans):
        limit = round(states.limit_mps((a + b) / 2), 3)
        elements.append(_element(f"road-{number:03d}", "road", road, (a, b), (0.0, road.carriageway_m), limit))
        for lane, edges in enumerate(road.lane_edges_m()):
            elements.append(_element(f"lane-{lane}-{number:03d}", "lane", road, (a, b), edges, limit))
    for number, (a, b) in enumerate(states.crosswalks):
        elements.append(
            _element(f"crosswalk-{number:02d}", "crosswalk", road, (a, b), (-0.2, road.carriageway_m + 0.2), None)
        )
    return json.dumps({"elements": elements}, separators=(",", ":")).encode()


def _element(
    element_id: str, kind: str, road: Road, along: tuple[float, float], across: tuple[float, float], limit: float | None
) -> dict[str, object]:
    """One stretch of road between two d [m], its ring counter-clockwise and not closed, to the centimetre."""
    num = max(int((along[1] - along[0]) / VERTEX_M[road.kind]) + 2, 2)
    s = np.linspace(*along, num)
    ring_s = np.concatenate([s, s[::-1]])
    ring_d = np.repeat(np.array(across), num)
    x, y, _, _ = road.to_map(ring_s, ring_d)
    polygon = np.round(np.stack([x, y], axis=1), 2).tolist()
    return {
        "element_id": element_id, "kind": kind, "polygon_xy_m": polygon, "speed_limit_mps": limit,
        "turn": "straight" if kind == "lane" else None,
    }  # fmt: skip
