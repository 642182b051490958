"""silver.ego_lateral_shifts: where the ego track moved sideways against its road, from fixes about once a second.

Two witnesses, each fitted with and without a smooth step of unknown size W and duration T around every half second:
the track itself (the integral of course over distance; the road is a parabola) and, where the recorder tells it, the
distance to a matched road (the road is a constant). A road that bends does not move in its own offset, and an error
of the map does not turn the car. Evidence is the generalised likelihood ratio with unknown noise, k/2 log(r0/r1) per
witness (S. M. Kay, Fundamentals of Statistical Signal Processing II, 9.2), averaged over receivers, plus the prior of
W. Not causal: a row looks 6 s ahead.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from spark_jobs.silver.grid import Floats, Ints, linear_at
from spark_jobs.silver.rows import contract_rows

_STEP_NS = 500_000_000
_STEP_S = 0.5
_GAP_NS = 3_100_000_000  # two fixes of a receiver at 1 Hz may be lost
_DURATIONS_S = (3.0, 4.0, 5.5, 7.0)
_SIZES_M = np.arange(1.5, 6.01, 0.25)
_WIDTH_M, _WIDTH_SIGMA_M = 3.4, 0.6  # prior of |W|: lanes of 3.0 to 3.75 m, crossed not quite from middle to middle
_BESIDE_S = 2.0  # of road on either side of the step
_TRACK = (2, 0.15)  # degree of the road, floor of the noise in metres
_OFFSET = (0, 0.35)
_APART_S = 3.5
_HALF_COURSE = 10  # steps: the curve of the road over 10 s
_EARTH_RADIUS_M = 6_371_008.8
_NEVER = -1e9


def build(gnss: pl.DataFrame, drive: tuple[str, str]) -> pa.Table:
    """Rows of silver.ego_lateral_shifts of one drive, sorted by t_cross_ns: each shift with positive evidence.

    `gnss`: bronze.gnss_fixes with t_ns, any number of receivers (topics). No two rows are less than 3.5 s apart.
    """
    usable = gnss.drop_nulls(["latitude_deg", "longitude_deg"]).filter(pl.col("fix_status").fill_null(0) >= 0)
    receivers = [
        part.sort("t_ns", "file_id", "record_index").unique("t_ns", keep="first", maintain_order=True)
        for part in usable.partition_by("topic", maintain_order=True)
    ]
    receivers = [part for part in receivers if part.height > 8]
    if not receivers:
        return contract_rows("silver.ego_lateral_shifts", pl.DataFrame(), *drive)
    first = min(int(part["t_ns"].min()) for part in receivers)  # type: ignore[arg-type]
    last = max(int(part["t_ns"].max()) for part in receivers)  # type: ignore[arg-type]
    t_ns = np.arange(-(-first // _STEP_NS), last // _STEP_NS + 1) * _STEP_NS
    seen = [_seen(part, t_ns) for part in receivers]
    evidence, size, duration = _fitted(seen, len(t_ns))
    return contract_rows("silver.ego_lateral_shifts", _rows(t_ns, seen, evidence, size, duration), *drive)


def _seen(fixes: pl.DataFrame, t_ns: Ints) -> Floats:
    """(4, n) course in rad (unwrapped), distance in m (both from the instant before), road offset in m, speed."""
    at = fixes["t_ns"].to_numpy()
    names = ("latitude_deg", "longitude_deg", "road_offset_m")
    columns = [fixes[name].cast(pl.Float64).fill_null(float("nan")).to_numpy() for name in names]
    latitude, longitude, offset = (linear_at(at, column, t_ns, _GAP_NS) for column in columns)
    north = np.radians(np.diff(latitude, prepend=np.nan)) * _EARTH_RADIUS_M
    east = np.radians(np.diff(longitude, prepend=np.nan)) * np.cos(np.radians(latitude)) * _EARTH_RADIUS_M
    distance = np.hypot(east, north)
    course = np.where(distance > 0.1, np.arctan2(north, east), np.nan)
    known = np.isfinite(course)
    course[known] = np.unwrap(course[known])
    return np.stack([course, distance, offset, distance / _STEP_S])


def _fitted(seen: list[Floats], count: int) -> tuple[Floats, Floats, Floats]:
    """(evidence, size in m, duration in s), each (2, count): the best shift to the left and to the right."""
    best = np.full((2, count), _NEVER)
    size, duration = np.zeros((2, count)), np.zeros((2, count))
    for duration_s in _DURATIONS_S:
        for side, sign in enumerate((1.0, -1.0)):
            sizes = sign * _SIZES_M[:, None]
            told = np.stack([_evidence(one, duration_s, sizes) for one in seen])
            known = np.isfinite(told)
            mean = np.where(known, told, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
            prior = -0.5 * ((np.abs(sizes) - _WIDTH_M) / _WIDTH_SIGMA_M) ** 2
            total = np.where(known.any(axis=0), mean + prior, _NEVER)
            row = total.argmax(axis=0)
            found = total.max(axis=0)
            better = found > best[side]
            best[side, better], size[side, better] = found[better], sizes[row, 0][better]
            duration[side, better] = duration_s
    return best, size, duration


def _evidence(one: Floats, duration_s: float, sizes: Floats) -> Floats:
    """(sizes, n) log likelihood ratio of a step of each size at each instant; NaN: too little seen."""
    course, distance, offset, _ = one
    told = _witness(course, distance, duration_s, _TRACK, sizes)
    if np.isfinite(offset).any():
        told = told + _witness(None, offset, duration_s, _OFFSET, sizes)
    return told


def _witness(
    course: Floats | None, values: Floats, duration_s: float, form: tuple[int, float], sizes: Floats
) -> Floats:
    degree, floor_m = form
    half = round((duration_s / 2 + _BESIDE_S) / _STEP_S)
    length = 2 * half + 1
    ratio = np.full((len(sizes), len(values)), np.nan)
    if len(values) < length:
        return ratio
    windows = np.lib.stride_tricks.sliding_window_view(values, length)
    if course is not None:
        turned = np.lib.stride_tricks.sliding_window_view(course, length)[:, 1:]
        moved = windows[:, 1:] * (turned - turned.mean(axis=1, keepdims=True))
        windows = np.concatenate([np.zeros((len(moved), 1)), np.cumsum(moved, axis=1)], axis=1)
    x = np.linspace(-1.0, 1.0, length)
    road = np.linalg.qr(np.vander(x, degree + 1))[0]
    phase = np.clip(x * half * _STEP_S / duration_s + 0.5, 0.0, 1.0)
    step = phase - np.sin(2 * np.pi * phase) / (2 * np.pi)
    step = step - road @ (road.T @ step)
    left = windows - (windows @ road) @ road.T
    # Fixes come once a second: two instants of the grid are one sample.
    square, cross, own = (_STEP_S * part for part in ((left**2).sum(axis=1), left @ step, float(step @ step)))
    freedom = length * _STEP_S - degree - 1
    floor = freedom * floor_m**2
    with_step = square - 2 * sizes * cross + sizes**2 * own
    ratio[:, half : half + len(left)] = -0.5 * freedom * np.log((with_step + floor) / (square + floor))
    return ratio


def _rows(t_ns: Ints, seen: list[Floats], evidence: Floats, size: Floats, duration: Floats) -> pl.DataFrame:
    side, at = np.nonzero(evidence > 0)
    apart = round(_APART_S / _STEP_S)
    taken = np.zeros(len(t_ns), bool)
    kept: list[tuple[int, int]] = []
    for rank in np.lexsort((at, -evidence[side, at])):
        if not taken[at[rank]]:
            kept.append((int(at[rank]), int(side[rank])))
            taken[max(at[rank] - apart + 1, 0) : at[rank] + apart] = True
    where = np.array(sorted(kept), np.int64).reshape(-1, 2)
    at, side = where[:, 0], where[:, 1]
    half_ns = (duration[side, at] * 5e8).astype(np.int64)
    speed, curve, num, has_road = _around(seen, at)
    rows = {"t_start_ns": t_ns[at] - half_ns, "t_cross_ns": t_ns[at], "t_end_ns": t_ns[at] + half_ns,
            "lateral_shift_m": size[side, at], "score": evidence[side, at], "speed_mps": speed,
            "course_acceleration_mps2": curve, "num_receivers": num, "has_road_offset": has_road}  # fmt: skip
    return pl.DataFrame(rows)


def _around(seen: list[Floats], at: Ints) -> tuple[Floats, Floats, Ints, np.ndarray]:
    """Per shift: mean speed, |lateral acceleration| of the course over 10 s, receivers with a fix, all with a road."""
    speeds = np.stack([one[3][at] for one in seen])
    known = np.isfinite(speeds)
    num = known.sum(axis=0)
    speed = np.where(known, speeds, 0.0).sum(axis=0) / np.maximum(num, 1)
    count = len(seen[0][0])
    early, late = np.maximum(at - _HALF_COURSE, 0), np.minimum(at + _HALF_COURSE, count - 1)
    turned = np.stack([(one[0][late] - one[0][early]) / ((late - early) * _STEP_S) for one in seen])
    usable = np.isfinite(turned)
    rate = np.where(usable, turned, 0.0).sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
    has_road = np.stack([np.isfinite(one[2][at]) for one in seen])
    return speed, np.abs(rate * speed), num.astype(np.int64), (has_road | ~known).all(axis=0)
