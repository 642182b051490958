"""Along the lane that the ego drives in: a lane change bends the driven path, but not the road."""

from dataclasses import dataclass

import numpy as np

from spark_jobs.silver.grid import Floats, Ints, wrap
from spark_jobs.silver.path_frame import Path

NEAR_M = 10.0  # a lane is believed this far from where it was seen; beyond, the path is all there is


@dataclass(frozen=True)
class LaneFrame:
    """Per vertex of the path: where its lane leads in the map, unwrapped, and the way along the lane up to it."""

    path: Path
    heading_rad: Floats
    along_m: Floats

    def along(self, s_m: Floats) -> Floats:
        """Metres along the lane (m,) at stations (m,) of the path."""
        return np.asarray(np.interp(s_m, np.arange(len(self.along_m)), self.along_m))

    def heading(self, s_m: Floats) -> Floats:
        """Heading of the lane in the map at stations (m,) of the path."""
        return np.asarray(np.interp(s_m, np.arange(len(self.heading_rad)), self.heading_rad))

    def station(self, xy_m: Floats, s_m: Floats) -> Floats:
        """Metres along the lane (m,) of points (m, 2) whose foot on the path is at `s_m` (m,); NaN where that is.

        On a straight road this is the way along the road, wherever the foot lies: where the ego changed lane, feet of
        a car beside it jump.
        """
        vertex = np.arange(len(self.along_m))
        foot = np.stack([np.interp(s_m, vertex, self.path.vertex_m[:, axis]) for axis in (0, 1)], axis=1)
        heading = self.heading(s_m)
        rest = xy_m - foot
        return self.along(s_m) + np.cos(heading) * rest[:, 0] + np.sin(heading) * rest[:, 1]


def lane_frame(path: Path, t_ns: Ints, lane_heading_rad: Floats) -> LaneFrame:
    """The frame of the lane whose heading in the map (n,) is known at grid instants (n,); NaN: not known there.

    Where no lane is known within 10 m the path leads; beyond its ends, the last that was known.
    """
    station = path.ego_station(t_ns)
    known = np.isfinite(station) & np.isfinite(lane_heading_rad)
    turn = _turns(path, station[known], lane_heading_rad[known])
    heading = np.unwrap(path.heading_rad + turn)
    middle = (heading[1:] + heading[:-1]) / 2
    step = np.diff(path.vertex_m, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.cos(middle) * step[:, 0] + np.sin(middle) * step[:, 1])])
    return LaneFrame(path, heading, along)


def _turns(path: Path, station_m: Floats, heading_rad: Floats) -> Floats:
    """From the heading of the path to that of the lane, per vertex; means of what was seen nearest to each."""
    num = len(path.vertex_m)
    if not len(station_m):
        return np.zeros(num)
    vertex = np.clip(np.rint(station_m).astype(np.int64), 0, num - 1)
    turn = wrap(heading_rad - path.heading_rad[vertex])
    count = np.bincount(vertex, minlength=num)
    seen = np.flatnonzero(count)
    mean = np.bincount(vertex, weights=turn, minlength=num)[seen] / count[seen]
    after = np.clip(np.searchsorted(seen, np.arange(num)), 0, len(seen) - 1)
    away = np.minimum(np.abs(seen[after] - np.arange(num)), np.abs(np.arange(num) - seen[np.maximum(after - 1, 0)]))
    driven = path.ego_s_m[np.isfinite(path.ego_s_m)]
    is_beyond = (np.arange(num) < driven.min()) | (np.arange(num) > driven.max())
    return np.where((away <= NEAR_M) | is_beyond, np.interp(np.arange(num), seen, mean), 0.0)
