"""The path frame: s along and d left of the path that the ego drove, straight on for 150 m at both ends."""

from dataclasses import dataclass

import numpy as np

from spark_jobs.silver.grid import Floats, Ints, wrap

REACH_M = 150.0
_SPACING_M = 1.0  # of the vertices, so that a station is an index and a search is a window
_THIN_M = 0.5
_COARSE = 5  # every fifth vertex in the first search
_FINE = 6  # segments each side of the coarse answer in the second
_ROWS = 20_000  # rows searched at once: bounds memory, whatever the length of the drive


@dataclass(frozen=True)
class Path:
    """The driven path: vertex_m (n, 2) in the map, one per metre; vertex 0 lies 150 m before the first ego position."""

    vertex_m: Floats
    heading_rad: Floats
    ego_t_ns: Ints
    ego_s_m: Floats

    def project(self, xy_m: Floats, near_s_m: Floats) -> tuple[Floats, Floats, Floats]:
        """(s_m, d_m, path heading_rad) of points (n, 2), each searched within 150 m of its `near_s_m`.

        d is positive to the left. NaN where the nearest place is at the edge of that window. The cost is the same for
        every row, whatever the length of the path.
        """
        pieces = [
            self._project(xy_m[at : at + _ROWS], near_s_m[at : at + _ROWS]) for at in range(0, max(len(xy_m), 1), _ROWS)
        ]
        s, d, heading = (np.concatenate(column) for column in zip(*pieces, strict=True))
        return s, d, heading

    def _project(self, xy_m: Floats, near_s_m: Floats) -> tuple[Floats, Floats, Floats]:
        last = len(self.vertex_m) - 2
        centre = np.rint(np.where(np.isfinite(near_s_m), near_s_m, 0.0) / _SPACING_M).astype(np.int64)
        window = np.arange(-int(REACH_M), int(REACH_M) + 1, _COARSE)
        coarse = np.clip(centre[:, None] + window, 0, last)
        best = coarse[np.arange(len(xy_m)), np.argmin(_square(xy_m[:, None] - self.vertex_m[coarse]), axis=1)]
        fine = np.clip(best[:, None] + np.arange(-_FINE, _FINE + 1), 0, last)
        start = self.vertex_m[fine]
        step = self.vertex_m[fine + 1] - start
        away = xy_m[:, None] - start
        weight = np.clip((away * step).sum(axis=2) / np.maximum(_square(step), 1e-12), 0.0, 1.0)
        rest = away - step * weight[:, :, None]
        rows, nearest = np.arange(len(xy_m)), np.argmin(_square(rest), axis=1)
        segment, weight, rest, step = (
            fine[rows, nearest],
            weight[rows, nearest],
            rest[rows, nearest],
            step[rows, nearest],
        )
        side = np.sign(step[:, 0] * rest[:, 1] - step[:, 1] * rest[:, 0])
        s = (segment + weight) * _SPACING_M
        turn = wrap(self.heading_rad[segment + 1] - self.heading_rad[segment])
        is_inside = (
            np.isfinite(near_s_m) & np.isfinite(xy_m).all(axis=1) & (np.abs(s - near_s_m) < REACH_M - _SPACING_M)
        )
        values = (s, side * np.hypot(*rest.T), wrap(self.heading_rad[segment] + turn * weight))
        s, d, heading = (np.where(is_inside, value, np.nan) for value in values)
        return s, d, heading

    def ego_station(self, t_ns: Ints) -> Floats:
        """Station of the ego at grid instants (m,); NaN where it is not known."""
        if not len(self.ego_t_ns):
            return np.full(len(t_ns), np.nan)
        row = np.minimum(np.searchsorted(self.ego_t_ns, t_ns), len(self.ego_t_ns) - 1)
        return np.where(self.ego_t_ns[row] == t_ns, self.ego_s_m[row], np.nan)


def driven_path(t_ns: Ints, xy_m: Floats, yaw_rad: Floats, driven_m: Floats) -> Path | None:
    """The path through ego positions (n, 2) at grid instants, or None when there are none.

    `driven_m` (n,) is the distance driven so far: one position is kept per half metre of it.

    The ends go straight on in the ego's heading, which is steadier than the last piece of the line. Standing adds no
    vertex: noise in a parked car's position would otherwise wind the path up.
    """
    known = np.isfinite(xy_m).all(axis=1) & np.isfinite(yaw_rad)
    t_ns, xy_m, yaw_rad, driven_m = t_ns[known], xy_m[known], yaw_rad[known], driven_m[known]
    if not len(t_ns):
        return None
    kept = np.unique(np.floor(np.nan_to_num(driven_m) / _THIN_M), return_index=True)[1]
    before, after = ((np.cos(yaw_rad[i]), np.sin(yaw_rad[i])) for i in (0, kept[-1]))
    line = np.concatenate(
        [[xy_m[0] - REACH_M * np.array(before)], xy_m[kept], [xy_m[kept[-1]] + REACH_M * np.array(after)]]
    )
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    stations = np.arange(0.0, along[-1], _SPACING_M)
    vertex = np.stack([np.interp(stations, along, line[:, axis]) for axis in (0, 1)], axis=1)
    heading = np.arctan2(*np.gradient(vertex, axis=0).T[::-1])
    path = Path(vertex, heading, t_ns, np.zeros(0))
    guess = np.interp(np.arange(len(t_ns)), kept, along[1:-1])
    ego_s, _, _ = path.project(xy_m, guess)
    return Path(vertex, heading, t_ns, ego_s)


def _square(vector: Floats) -> Floats:
    return np.asarray((vector * vector).sum(axis=-1))
