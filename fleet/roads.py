"""The road of a generated drive: a smooth reference line with parallel lanes, addressed in road coordinates (s, d).

s runs along the right edge of the rightmost lane, d is metres to the left of it. Curvature is a chain of sin^2 bumps,
so that heading is closed form and neither speed nor acceleration of a vehicle jumps where a bend begins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP_M = 1.0
MEDIAN_M = 0.6  # between the urban carriageway and the oncoming lane
MARGIN_M = 400.0  # road before s = 0 and beyond the end, for traffic behind and ahead


@dataclass(frozen=True)
class Road:
    """A one-way carriageway; grids are sampled every STEP_M from -MARGIN_M."""

    kind: str
    lane_width_m: float
    num_lanes: int
    heading_rad: Array
    x_map_m: Array
    y_map_m: Array
    curvature_1pm: Array

    def at(self, s: Array, grid: Array) -> Array:
        """Value of one of the grids at arc length s [m], linear between samples."""
        position = (np.asarray(s) + MARGIN_M) / STEP_M
        index = np.clip(position.astype(np.int64), 0, len(grid) - 2)
        rest = position - index
        return grid[index] * (1.0 - rest) + grid[index + 1] * rest

    def to_map(self, s: Array, d: Array) -> tuple[Array, Array, Array, Array]:
        """Map x [m], y [m], road heading [rad] and curvature [1/m] at road coordinates s, d [m]."""
        heading = self.at(s, self.heading_rad)
        x = self.at(s, self.x_map_m) - d * np.sin(heading)
        y = self.at(s, self.y_map_m) + d * np.cos(heading)
        return x, y, heading, self.at(s, self.curvature_1pm)

    def centre_d_m(self, lane: int) -> float:
        """d of the centre of a lane; lane 0 is the rightmost."""
        return (lane + 0.5) * self.lane_width_m

    @property
    def carriageway_m(self) -> float:
        """d of the left edge of what vehicles drive on; in town that includes one oncoming lane."""
        own = self.num_lanes * self.lane_width_m
        return own + MEDIAN_M + self.lane_width_m if self.kind == "urban" else own

    def lane_edges_m(self) -> list[tuple[float, float]]:
        """(right, left) d of every lane from the right; the oncoming lane of a street is the last."""
        edges = [(i * self.lane_width_m, (i + 1) * self.lane_width_m) for i in range(self.num_lanes)]
        if self.kind == "urban":
            edges.append((self.carriageway_m - self.lane_width_m, self.carriageway_m))
        return edges

    def lane_of(self, d: float) -> int:
        """Lane that holds d, clipped to the carriageway."""
        return int(min(max(d // self.lane_width_m, 0), self.num_lanes - 1))


def make_road(kind: str, length_m: float, rng: np.random.Generator) -> Road:
    """A road of at least length_m metres: straights and gentle bends (radius >= 600 m highway, >= 200 m urban)."""
    tightest = 1.0 / 600.0 if kind == "highway" else 1.0 / 200.0
    lane_width_m, num_lanes = (3.5, 3) if kind == "highway" else (3.25, 2)
    num = int((length_m + 2 * MARGIN_M) / STEP_M) + 2
    curvature = np.zeros(num)
    at = 0
    while at < num:
        span = int(rng.uniform(180.0, 520.0) if kind == "highway" else rng.uniform(90.0, 220.0))
        bend = 0.0 if rng.random() < 0.4 else rng.uniform(0.15, 1.0) * tightest * rng.choice([-1.0, 1.0])
        part = curvature[at : at + span]
        part[:] = bend * np.sin(np.pi * (np.arange(len(part)) + 0.5) / span) ** 2
        at += span
    heading = float(rng.uniform(-np.pi, np.pi)) + _integral(curvature)
    return Road(
        kind, lane_width_m, num_lanes, heading, _integral(np.cos(heading)), _integral(np.sin(heading)), curvature
    )


def _integral(values: Array) -> Array:
    """Trapezoid integral along the grid, zero at s = 0."""
    total = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2.0) * STEP_M])
    return np.asarray(total - total[int(MARGIN_M / STEP_M)])
