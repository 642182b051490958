"""The 10 Hz grid: which instants a sampled stream reaches, and slopes and low-passes that never look ahead."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_NS = 100_000_000
HALF_STEP_NS = STEP_NS // 2
MAX_GAP_NS = 300_000_000
_FILTER_STEP_NS = 10_000_000  # 100 Hz, the usual rate of an IMU; ten filter steps make one grid step

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Instants:
    """Grid instants with the two samples each is read from.

    t_ns (n,); low, high (n,): sample indices; weight (n,): 0 at low, 1 at high, outside 0..1 where extrapolated;
    is_interpolated (n,): no sample within half a grid step.
    """

    t_ns: Ints
    low: Ints
    high: Ints
    weight: Floats
    is_interpolated: NDArray[np.bool_]

    @property
    def nearest(self) -> Ints:
        """The sample nearest to each instant; the earlier one on a tie."""
        return np.where(self.weight <= 0.5, self.low, self.high)

    def linear(self, values: Floats) -> Floats:
        """`values` (samples, ...) at the instants (n, ...), linearly; NaN where either sample is NaN."""
        weight = self.weight.reshape(-1, *([1] * (values.ndim - 1)))
        low, high = values[self.low], values[self.high]
        return low + (high - low) * weight

    def angle(self, values_rad: Floats) -> Floats:
        """Angles at the instants, the short way round, in (-pi, pi]."""
        low, high = values_rad[self.low], values_rad[self.high]
        return wrap(low + wrap(high - low) * self.weight)


def wrap(angle_rad: Floats) -> Floats:
    """`angle_rad` in (-pi, pi]."""
    return -((np.pi - angle_rad) % (2 * np.pi) - np.pi)


def instants(key: Ints, t_ns: Ints, reach_ns: int = HALF_STEP_NS, max_gap_ns: int = MAX_GAP_NS) -> Instants:
    """The grid instants that samples reach: between neighbours at most `max_gap_ns` apart, and `reach_ns` past an end.

    `key` (samples,) separates tracks; samples are sorted by (key, t_ns), times strictly increasing within a key.
    Past an end the last two samples are continued straight (a lone sample is held). Linear in samples + instants.
    """
    count = len(t_ns)
    index = np.arange(count)
    linked = np.zeros(count, dtype=bool)  # to the next sample
    if count > 1:
        linked[:-1] = (key[1:] == key[:-1]) & (np.diff(t_ns) <= max_gap_ns)
    back = np.zeros(count, dtype=bool)
    back[1:] = linked[:-1]
    after, before = index + linked, index - back
    spans = [
        (index[linked], t_ns[linked], t_ns[after[linked]] - 1, index[linked], after[linked]),
        (index[~linked], t_ns[~linked], t_ns[~linked] + reach_ns, before[~linked], index[~linked]),
        (index[~back], t_ns[~back] - reach_ns, t_ns[~back] - 1, index[~back], after[~back]),
    ]
    parts = [_expand(*span) for span in spans]
    owner, t, low, high = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((t, key[owner]))
    owner, t, low, high = owner[order], t[order], low[order], high[order]
    width = np.maximum(t_ns[high] - t_ns[low], 1)
    # Two samples a few ms apart say little about the slope: half a sample distance beyond an end is the limit.
    weight = np.where(high > low, np.clip((t - t_ns[low]) / width, -0.5, 1.5), 0.0)
    nearest_ns = np.minimum(np.abs(t - t_ns[low]), np.abs(t - t_ns[high]))
    return Instants(t, low, high, weight, nearest_ns > HALF_STEP_NS)


def _expand(owner: Ints, first_ns: Ints, last_ns: Ints, low: Ints, high: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    first, last = -(-first_ns // STEP_NS), last_ns // STEP_NS
    number = np.maximum(last - first + 1, 0)
    rank = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    t_ns = (np.repeat(first, number) + rank) * STEP_NS
    return np.repeat(owner, number), t_ns, np.repeat(low, number), np.repeat(high, number)


def bracket(t_ns: Ints, at_ns: Ints, max_gap_ns: int = MAX_GAP_NS) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Where any times `at_ns` (m,) fall among strictly increasing `t_ns` (n,).

    Returns low (m,), weight (m,) of sample low + 1, and is_known (m,): on a sample, or inside a gap <= `max_gap_ns`.
    """
    if len(t_ns) < 2:
        return np.zeros(len(at_ns), np.int64), np.zeros(len(at_ns)), np.zeros(len(at_ns), bool)
    low = np.clip(np.searchsorted(t_ns, at_ns, side="right") - 1, 0, len(t_ns) - 2)
    width = t_ns[low + 1] - t_ns[low]
    weight = (at_ns - t_ns[low]) / width
    is_known = (weight == 0) | (weight == 1) | ((weight > 0) & (weight < 1) & (width <= max_gap_ns))
    return low, weight, is_known


def linear_at(t_ns: Ints, values: Floats, at_ns: Ints, max_gap_ns: int = MAX_GAP_NS) -> Floats:
    """`values` (n,) at any times (m,), linearly; NaN outside and inside gaps longer than `max_gap_ns`."""
    low, weight, is_known = bracket(t_ns, at_ns, max_gap_ns)
    if not is_known.any():
        return np.full(len(at_ns), np.nan)
    return np.where(is_known, values[low] + (values[low + 1] - values[low]) * weight, np.nan)


def causal_slope(
    key: Ints, t_ns: Ints, values: Floats, window_ns: int = 5 * STEP_NS, order: int = 1, min_samples: int = 3
) -> Floats:
    """Slope per second of `values` (n,) at each row from the rows of its key in [t - window_ns, t]; no look ahead.

    Least squares with a line (order 1) or with a parabola read at its end (order 2: no lag under constant slope
    change, more noise). Rows lie on the grid, sorted by (key, t_ns). NaN with fewer than `min_samples` finite rows.
    """
    lags = np.arange(window_ns // STEP_NS + 1)
    rows = np.arange(len(values))[:, None] - lags
    inside = np.maximum(rows, 0)
    ago_s = (t_ns[:, None] - t_ns[inside]) * 1e-9
    used = (rows >= 0) & (key[inside] == key[:, None]) & (ago_s <= window_ns * 1e-9) & np.isfinite(values[inside])
    used &= np.isfinite(values)[:, None]
    x = np.where(used, -ago_s, 0.0) / (window_ns * 1e-9)
    y = np.where(used, values[inside] - np.where(np.isfinite(values), values, 0.0)[:, None], 0.0)
    powers = np.stack([used * x**k for k in range(order + 1)], axis=-1)
    enough = used.sum(axis=1) >= max(min_samples, order + 1)
    slope = np.full(len(values), np.nan)
    if enough.any():
        design = powers[enough]
        normal = np.swapaxes(design, 1, 2) @ design
        solved = np.linalg.solve(normal, np.swapaxes(design, 1, 2) @ y[enough][:, :, None])
        slope[enough] = solved[:, 1, 0] / (window_ns * 1e-9)
    return slope


def low_pass(t_ns: Ints, values: Floats, at_ns: Ints, cutoff_hz: float = 2.0) -> Floats:
    """`values` (samples, k) through a causal second-order Butterworth low-pass, read at grid instants `at_ns` (n, k).

    Samples are held for at most 0.3 s; NaN before the first and across longer gaps. A gap starts the filter afresh.
    """
    result = np.full((len(at_ns), values.shape[1]), np.nan)
    if not len(t_ns) or not len(at_ns):
        return result
    response = _impulse_response(cutoff_hz)
    edges = np.flatnonzero(np.diff(t_ns) > MAX_GAP_NS) + 1
    for part_t, part in zip(np.split(t_ns, edges), np.split(values, edges), strict=True):
        first, last = -(-part_t[0] // _FILTER_STEP_NS), (part_t[-1] + MAX_GAP_NS) // _FILTER_STEP_NS
        ticks = np.arange(first, last + 1)
        held = part[np.searchsorted(part_t, ticks * _FILTER_STEP_NS, side="right") - 1]
        before = np.repeat(held[:1], len(response) - 1, axis=0)  # as if the first value had always been there
        smooth = [np.convolve(column, response, mode="valid") for column in np.concatenate([before, held]).T]
        covered = (at_ns >= ticks[0] * _FILTER_STEP_NS) & (at_ns <= ticks[-1] * _FILTER_STEP_NS)
        result[covered] = np.stack(smooth, axis=1)[at_ns[covered] // _FILTER_STEP_NS - first]
    return result


def _impulse_response(cutoff_hz: float) -> Floats:
    """Of the analogue filter, sampled; past its first ten time constants nothing is left. Loading scipy costs 2 s."""
    rate = np.sqrt(2) * np.pi * cutoff_hz
    t_s = (np.arange(round(10 / rate * 1e9 / _FILTER_STEP_NS)) + 0.5) * _FILTER_STEP_NS * 1e-9
    response = np.exp(-rate * t_s) * np.sin(rate * t_s)
    return np.asarray(response / response.sum())
