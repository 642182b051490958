"""Motion as it is known afterwards: derivatives that look as far ahead as back. What a vehicle knew then is causal."""

import numpy as np

from spark_jobs.silver.grid import STEP_NS, Floats, Ints

_REACH_STEPS = 6  # 0.6 s each side: docs/decisions/0043 has what it costs and gains


def centred_motion(key: Ints, t_ns: Ints, values: Floats) -> tuple[Floats, Floats]:
    """First and second derivative (per s, per s²) of `values` (n,) at each row, from the rows of its key 0.6 s around.

    Savitzky and Golay 1964: the tangent of a polynomial of fourth degree, without lag. Where a side is shorter, near
    the ends of a track, of a parabola; of a line through fewer than 7 rows; NaN with fewer than 3. Looks ahead: only
    for what is known afterwards. Rows lie on the grid, sorted by (key, t_ns).
    """
    steps = np.arange(-_REACH_STEPS, _REACH_STEPS + 1)
    rows = np.arange(len(values))[:, None] + steps
    inside = np.clip(rows, 0, max(len(values) - 1, 0))
    x = (t_ns[inside] - t_ns[:, None]) / STEP_NS
    used = (rows == inside) & (key[inside] == key[:, None]) & (np.abs(x) <= _REACH_STEPS)
    used &= np.isfinite(values[inside]) & np.isfinite(values)[:, None]
    y = np.where(used, values[inside] - np.where(np.isfinite(values), values, 0.0)[:, None], 0.0)
    count, step_s = used.sum(axis=1), STEP_NS * 1e-9
    slope, curvature = np.full(len(values), np.nan), np.full(len(values), np.nan)
    whole = count == len(steps)
    weights = np.linalg.pinv(np.vander(steps, 5, increasing=True))
    slope[whole], curvature[whole] = (weights[1:3] @ y[whole].T) / np.array([[step_s], [step_s**2 / 2.0]])
    for order, chosen in ((2, ~whole & (count > _REACH_STEPS)), (1, (count >= 3) & (count <= _REACH_STEPS))):
        powers = np.stack([used[chosen] * np.where(used, x, 0.0)[chosen] ** k for k in range(order + 1)], axis=-1)
        turned = np.swapaxes(powers, 1, 2)
        fitted = np.linalg.solve(turned @ powers, turned @ y[chosen][:, :, None])[:, :, 0]
        slope[chosen] = fitted[:, 1] / step_s
        if order == 2:
            curvature[chosen] = fitted[:, 2] / (step_s**2 / 2.0)
    return slope, curvature
