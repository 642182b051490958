"""Two made-up road networks for SUMO, as its plain XML: a motorway with bends and a ramp, and a grid of streets."""

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

LANE_WIDTH_M = 3.5
_STEP_M = 5.0
# (edge, length m, curvature 1/m, lanes). A bend is an edge of its own: SUMO scales places along an edge by the length
# of the lane, so that a vehicle that changes lanes on "straight and then bent" would jump forward by metres.
_MOTORWAY = (
    ("straight1", 1000.0, 0.0, 3), ("bend1", 700.0, 1 / 900, 3), ("straight2", 400.0, 0.0, 3), ("merge", 300.0, 0.0, 4),
    ("straight3", 200.0, 0.0, 3), ("bend2", 900.0, -1 / 1100, 3), ("straight4", 1500.0, 0.0, 3),
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """A network before netconvert or netgenerate made it: the command's arguments, and the routes to draw from."""

    name: str
    command: tuple[str, ...]
    routes: tuple[tuple[str, ...], ...]
    speed_mps: float


def motorway(folder: Path) -> Network:
    """Three lanes over 5 km with two bends, and an acceleration lane of 300 m. Writes its plain XML into `folder`."""
    line = _line()
    ends = [0, *(round(at / _STEP_M) for at in accumulate(length for _, length, _, _ in _MOTORWAY))]
    (x0, y0), (x1, y1) = line[ends[3] - 1], line[ends[3]]
    heading = math.atan2(y1 - y0, x1 - x0)
    nodes = {f"n{k}": line[end] for k, end in enumerate(ends)}
    # the ramp comes from the right: 90 m beside the road where it starts
    nodes["ramp_start"] = (
        x1 - 300.0 * math.cos(heading) + 90.0 * math.sin(heading),
        y1 - 300.0 * math.sin(heading) - 90.0 * math.cos(heading),
    )
    text = "".join(f'<node id="{name}" x="{x:.3f}" y="{y:.3f}" type="priority"/>' for name, (x, y) in nodes.items())
    (folder / "motorway.nod.xml").write_text(f"<nodes>{text}</nodes>")
    edges = [
        f'<edge id="{name}" from="n{k}" to="n{k + 1}" numLanes="{lanes}" width="{LANE_WIDTH_M}" speed="33.3" '
        f'priority="9" shape="{_shape(line[ends[k] : ends[k + 1] + 1])}">'
        + ('<lane index="0" acceleration="1"/>' if lanes == 4 else "")
        + "</edge>"
        for k, (name, _, _, lanes) in enumerate(_MOTORWAY)
    ]
    edges.append(
        f'<edge id="ramp" from="ramp_start" to="n3" numLanes="1" width="{LANE_WIDTH_M}" speed="25" priority="5"/>'
    )
    (folder / "motorway.edg.xml").write_text("<edges>\n" + "\n".join(edges) + "\n</edges>\n")
    joins = [("ramp", "merge", 0, 0)]
    for (one, _, _, lanes), (other, _, _, lanes_after) in pairwise(_MOTORWAY):
        joins += [(one, other, 2 - k + (lanes == 4), 2 - k + (lanes_after == 4)) for k in range(3)]
    text = "".join(f'<connection from="{f}" to="{t}" fromLane="{i}" toLane="{j}"/>' for f, t, i, j in joins)
    (folder / "motorway.con.xml").write_text(f"<connections>{text}</connections>")
    command = (
        "netconvert", "-n", "motorway.nod.xml", "-e", "motorway.edg.xml", "-x", "motorway.con.xml", "--no-turnarounds",
        "-o", "motorway.net.xml",
    )  # fmt: skip
    names = tuple(name for name, _, _, _ in _MOTORWAY)
    return Network("motorway", command, (names, ("ramp", *names[3:])), 33.3)


def streets(seed: int) -> Network:
    """A grid of 4 x 4 junctions with traffic lights, 300 m apart, two lanes each way, 50 km/h."""
    command = (
        "netgenerate", "--grid", "--grid.number", "4", "--grid.length", "300", "-L", "2", "-S", "13.9", "-j",
        "traffic_light", "--default.lanewidth", str(LANE_WIDTH_M), "--no-turnarounds", "--seed", str(seed),
        "--turn-lanes", "0", "-o", "streets.net.xml",
    )  # fmt: skip
    names = [[f"{'ABCD'[i]}{j}" for j in range(4)] for i in range(4)]
    rows = [tuple(names[i][j] for i in range(4)) for j in range(4)]
    columns = [tuple(names[i]) for i in range(4)]
    straight = [tuple(f"{a}{b}" for a, b in pairwise(line)) for line in (*rows, *columns)]
    back = [tuple(f"{b}{a}" for a, b in zip(line[-2::-1], line[:0:-1], strict=True)) for line in (*rows, *columns)]
    return Network("streets", command, (*straight, *back), 13.9)


def _line() -> list[tuple[float, float]]:
    """Vertices of the motorway, one each 5 m."""
    curvatures = [k for _, length, k, _ in _MOTORWAY for _ in range(round(length / _STEP_M))]
    headings = list(accumulate(k * _STEP_M for k in curvatures))
    x = accumulate((math.cos(h) * _STEP_M for h in headings), initial=0.0)
    y = accumulate((math.sin(h) * _STEP_M for h in headings), initial=0.0)
    return list(zip(x, y, strict=True))


def _shape(points: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in points)
