"""How one sensor clock runs against the reference clock: offset, drift and delay of a segment, and where it stepped."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from spark_jobs.epochs import DAY_NS, GPS_EPOCH_NS, S_NS, UNITS, from_utc_ns, is_date, unit_by_magnitude
from spark_jobs.silver.grid import Floats, Ints

_MIN_DELAY_NS, _MAX_DELAY_NS = -5_000_000, 300_000_000  # a stamp this far before its log time is transport, not clock
_MAX_CHANGE_NS = 20_000_000  # by how much a trusted clock may drift over the whole segment
MAX_STRAY_NS = 500_000_000  # a single stamp further off than this from its model is not a time
_BINS = 40
_ENVELOPE = 0.1  # quantile of log minus sensor in a bin: near the smallest delay, deaf to a few early stamps
_MIN_STEP_NS = 50_000_000  # a smaller jump cannot be told from transport
_MAX_DRIFT = 500e-6  # so far a clock may run off over a gap in the stream without having stepped
_LEVEL = 9  # samples in the running median: up to four bad stamps in a row are no step
_MIN_SEGMENT = 5
_SETTLED_NS, _MIN_SETTLED = (
    5 * S_NS,
    10,
)  # what is compared on either side of a jump: time, and at least so many samples
_FAR_NS = 4.0e18
_QUARTER_HOUR_NS = 900 * S_NS


@dataclass(frozen=True)
class Fit:
    """reference = sensor + offset_ns, plus drift_ppm of the time since t_origin_ns; `kind` is what the stamps count."""

    t_origin_ns: int
    offset_ns: int
    drift_ppm: float
    residual_p95_ns: int
    delay_p50_ns: int
    num_samples: int
    num_strays: int
    kind: str

    def correct(self, sensor_ns: Ints) -> Ints:
        """Sensor stamps (n,) on the reference clock."""
        shifted = sensor_ns + self.offset_ns
        ran = np.rint((shifted - self.t_origin_ns) * (self.drift_ppm * 1e-6))
        return shifted + np.clip(ran, -_FAR_NS, _FAR_NS).astype(np.int64)  # of a nonsense stamp nonsense, not an error

    def to_reference_ns(self, sensor_ns: Ints, log_ns: Ints) -> Ints:
        """When records were true; a stamp more than 0.5 s off the model gives way to log time less the usual delay."""
        when, expected = self.correct(sensor_ns), log_ns - self.delay_p50_ns
        return np.where(np.abs(when - expected) > MAX_STRAY_NS, expected, when)


def fit(sensor_ns: Ints, log_ns: Ints, log_offset_ns: int = 0) -> Fit:
    """The clock of one segment from its stamps (n >= 1), sorted by log time (reference clock).

    `log_offset_ns` is what put log time on the reference clock: stamps of the same clock need the same.

    The line follows the lower envelope of log minus sensor time. The smallest transport delay cannot be told from a
    clock offset: a corrected stream is late by that delay. An offset that a known scale explains to within a transport
    delay (GPS, TAI, whole days, a time zone) is taken as exactly that, and then the delay is kept.
    """
    origin = int(log_ns[0])
    behind = log_ns - sensor_ns
    typical = int(np.median(behind))  # keeps the doubles below small: an epoch of 1970 is 1.8e18 ns away
    offset, slope = _envelope((log_ns - origin).astype(np.float64), (behind - typical).astype(np.float64))
    known = _known_offset(typical, int(np.median(log_ns)), log_offset_ns)
    if known is not None and abs(slope * (float(log_ns[-1]) - origin)) <= _MAX_CHANGE_NS:
        (offset_ns, kind), slope = known, 0.0
    else:
        offset_ns, kind = round(offset) + typical, _kind(int(np.median(sensor_ns)), typical)
    line = Fit(origin, offset_ns, slope * 1e6, 0, 0, len(log_ns), 0, kind)
    delay = log_ns - line.correct(sensor_ns)
    delay_p50 = int(np.median(delay))
    stray = np.abs(delay - delay_p50)
    num_strays = int((stray > MAX_STRAY_NS).sum())
    return Fit(origin, offset_ns, slope * 1e6, int(np.quantile(stray, 0.95)), delay_p50, len(log_ns), num_strays, kind)


def _known_offset(behind_ns: int, at_ns: int, log_offset_ns: int) -> tuple[int, str] | None:
    """(offset, what the stamps count) when a known scale explains the typical log minus sensor time."""
    at = np.array([at_ns])
    gps = at_ns - int(from_utc_ns("gps", at)[0])
    whole_days = round((behind_ns - _MAX_DELAY_NS / 2) / DAY_NS) * DAY_NS
    quarters = round((behind_ns - _MAX_DELAY_NS / 2) / _QUARTER_HOUR_NS) * _QUARTER_HOUR_NS
    candidates = [
        (log_offset_ns, "log"),
        (0, "utc"),
        (gps, "gps"),
        (gps + GPS_EPOCH_NS, "gps"),
        (at_ns - int(from_utc_ns("tai", at)[0]), "tai"),
    ]
    if abs(quarters) <= 14 * 4 * _QUARTER_HOUR_NS:
        candidates.append((quarters, "local_time"))
    candidates.append((whole_days, "wrong_date"))
    return next((c for c in candidates if _MIN_DELAY_NS <= behind_ns - c[0] <= _MAX_DELAY_NS), None)


def _kind(sensor_ns: int, behind_ns: int) -> str:
    if abs(behind_ns) > DAY_NS / 2 and abs(behind_ns - round(behind_ns / DAY_NS) * DAY_NS) < S_NS:
        return "wrong_date"
    if is_date(np.array([sensor_ns]))[0]:
        return "utc"
    return "counter" if 0 <= sensor_ns < 10 * 366 * DAY_NS else "unknown"


def unit_of(sensor: Ints, log_ns: Ints) -> str:
    """The unit of stamps (n,) as recorded, sorted by log time: by how fast they run, else as a date, else ns.

    The rate comes first: ten to 68 minutes of ns since some start would also be a date in ms.
    """
    stride = max(len(sensor) // 20, 1)
    ticks, took = np.diff(sensor[::stride]).astype(np.float64), np.diff(log_ns[::stride]).astype(np.float64)
    usable = (took > 0) & (ticks > 0)
    if usable.any():
        rate = float(np.median(ticks[usable] / took[usable]))
        return next((unit for unit, factor in UNITS.items() if 1 / 30 < rate * factor < 30), "ns")
    return unit_by_magnitude(sensor) or "ns"


def breaks(log_ns: Ints, behind_ns: Ints) -> list[int]:
    """First rows of the segments after the first, where `behind_ns` (log minus sensor, by log time) jumped for good.

    A jump is a change of the running median above 50 ms, ten times its usual change, and 500 ppm of the time between.
    It must show in the least delays of the 5 s on either side: a burst of late messages is no step, and neither is a
    level that lasts for less than 5 samples.
    """
    if len(log_ns) < 2 * _MIN_SEGMENT or int(behind_ns.max()) - int(behind_ns.min()) <= _MIN_STEP_NS:
        return []
    centre = int(np.median(behind_ns))
    shifted = pl.Series((behind_ns - centre).astype(np.float64))
    level = shifted.rolling_median(_LEVEL, min_samples=_MIN_SEGMENT, center=True).to_numpy()
    change = np.diff(level)
    usual = np.median(np.abs(change))
    cuts = np.flatnonzero(np.abs(change) > np.maximum(_MIN_STEP_NS, 10 * usual) + _MAX_DRIFT * np.diff(log_ns)) + 1
    found: list[int] = []
    for cut, next_cut in pairwise([*cuts.tolist(), len(log_ns)]):
        first = found[-1] if found else 0
        if cut - first < _MIN_SEGMENT or len(log_ns) - cut < _MIN_SEGMENT:
            continue
        start, end = np.searchsorted(log_ns, [log_ns[cut] - _SETTLED_NS, log_ns[cut] + _SETTLED_NS])
        before = slice(max(first, min(start, cut - _MIN_SETTLED)), cut)
        stop = max(end, cut + _MIN_SETTLED)
        after = slice(cut, min(stop, next_cut) if log_ns[next_cut - 1] - log_ns[cut] > _SETTLED_NS / 2 else stop)
        allowed = max(_MIN_STEP_NS, 10 * usual) + _MAX_DRIFT * float(log_ns[cut] - log_ns[cut - 1])
        if abs(_low(shifted[after]) - _low(shifted[before])) > allowed:
            found.append(cut)
    return found


def _low(behind_ns: pl.Series) -> float:
    return float(np.quantile(behind_ns.to_numpy(), _ENVELOPE))


def _envelope(t_ns: Floats, behind_ns: Floats) -> tuple[float, float]:
    """(offset at t=0, slope) of the lower envelope of `behind_ns`: a Theil-Sen line through a low quantile per bin."""
    bins = min(_BINS, len(t_ns) // 10)
    if bins < 5 or t_ns[-1] <= 0:
        return float(np.quantile(behind_ns, _ENVELOPE)), 0.0
    parts = np.array_split(np.arange(len(t_ns)), bins)
    low = np.array([np.quantile(behind_ns[part], _ENVELOPE) for part in parts])
    # The middle of a bin stands for its quantile; exact enough where drift over one bin is small against the jitter.
    middle = np.array([t_ns[part].mean() for part in parts])
    first, second = np.triu_indices(bins, k=1)
    apart = middle[second] - middle[first]
    slopes = (low[second] - low[first])[apart > 0] / apart[apart > 0]
    slope = float(np.median(slopes)) if len(slopes) else 0.0
    return float(np.median(low - slope * middle)), slope
