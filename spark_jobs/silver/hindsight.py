"""Motion as it is known afterwards: derivatives that look as far ahead as back. What a vehicle knew then is causal."""

from functools import cache

import numpy as np

from spark_jobs.silver.grid import STEP_NS, Floats, Ints

_REACH_STEPS = 10  # 1 s each side; what lies farther away hardly counts
_STIFFNESS = 10.0  # of a change of acceleration from step to step: docs/decisions/0043 has what it costs and gains
_LEAST_ROWS, _LINE_ROWS = 3, 7  # fewer have no speed; fewer are joined by a line


def centred_motion(key: Ints, t_ns: Ints, values: Floats) -> tuple[Floats, Floats]:
    """First and second derivative (per s, per s²) of `values` (n,) at each row, from the rows of its key 1 s around.

    Of the smoothest course near the values (Whittaker 1923, third differences): no lag, exact on parabolas. A line
    through 3 to 6 rows, without a second derivative; NaN in fewer. A missing row or value ends what is joined. Looks
    ahead: only for what is known afterwards. Rows lie on the grid, sorted by (key, t_ns).
    """
    num, steps = len(values), np.arange(-_REACH_STEPS, _REACH_STEPS + 1)
    if not num:
        return np.zeros(0), np.zeros(0)
    known = np.isfinite(values)
    parted = (np.diff(key) != 0) | (np.diff(t_ns) != STEP_NS) | ~known[1:] | ~known[:-1]
    edges = np.concatenate([[0], np.flatnonzero(parted) + 1, [num]])
    length = np.diff(edges)
    before = np.arange(num) - np.repeat(edges[:-1], length)
    after = np.minimum(np.repeat(length, length) - 1 - before, _REACH_STEPS)
    before = np.minimum(before, _REACH_STEPS)
    rows = np.clip(np.arange(num)[:, None] + steps, 0, num - 1)
    inside = (-before[:, None] <= steps) & (steps <= after[:, None]) & known[:, None]
    moved = np.where(inside, values[rows] - np.where(known, values, 0.0)[:, None], 0.0)
    weights, count = _weights(), before + after + 1
    slope, curvature = weights[:, -1, -1] @ moved.T
    part = count < len(steps)
    slope[part], curvature[part] = np.einsum("dnk,nk->dn", weights[:, before[part], after[part]], moved[part])
    unknown = ~known | (count < _LEAST_ROWS)
    return np.where(unknown, np.nan, slope), np.where(unknown | (count < _LINE_ROWS), np.nan, curvature)


@cache
def _weights() -> Floats:
    """(derivative, rows before, rows after, rows around): what each row around counts."""
    reach, step_s = _REACH_STEPS, STEP_NS * 1e-9
    weights = np.zeros((2, reach + 1, reach + 1, 2 * reach + 1))
    for count in range(_LEAST_ROWS, 2 * reach + 2):
        smooth = _smoother(count)
        slope = np.gradient(smooth, step_s, axis=0, edge_order=2)
        bend = np.pad(np.diff(smooth, 2, axis=0) / step_s**2, ((1, 1), (0, 0)), mode="edge")
        for before in range(max(0, count - 1 - reach), min(reach, count - 1) + 1):
            place = slice(reach - before, reach - before + count)
            weights[:, before, count - 1 - before, place] = slope[before], bend[before]
    return weights


def _smoother(count: int) -> Floats:
    """The matrix (count, count) that takes values to their smooth course."""
    if count < _LINE_ROWS:
        line = np.vander(np.arange(count), 2)
        return np.asarray(line @ np.linalg.pinv(line))
    thirds = np.diff(np.eye(count), 3, axis=0)
    return np.asarray(np.linalg.inv(np.eye(count) + _STIFFNESS * thirds.T @ thirds))
