"""Time scales: UTC, TAI and GPS with leap seconds as data, which stamps can be a date at all, and units by magnitude.

Scales: TAI - UTC is a whole number of seconds, in leap_seconds.csv (IERS Bulletin C: dates from which each value holds;
checked against the IANA leap-seconds.list that expires on 2026-12-28: no change announced since 2017). GPS time is
TAI - 19 s (IS-GPS-200), so that GPS - UTC is 18 s since 2017. All are counted in ns since 1970-01-01 of their own scale
here; gps_1980 is GPS time counted since its own epoch, 1980-01-06, which looks like a date ten years too early.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np

from spark_jobs.silver.grid import Ints

S_NS = 1_000_000_000
DAY_NS = 86_400 * S_NS
FIRST_NS = 631_152_000 * S_NS  # 1990-01-01: the sanity rule of Rerun, an instant of 1990..2100 is a date
LAST_NS = 4_102_444_800 * S_NS  # 2100-01-01
GPS_EPOCH_NS = 315_964_800 * S_NS  # 1980-01-06
WEEK_NS = 7 * DAY_NS
_TAI_MINUS_GPS_S = 19
_LEAP_SECONDS = Path(__file__).with_name("leap_seconds.csv")
UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": S_NS}


def is_date(t_ns: Ints) -> np.ndarray:
    """True where `t_ns`, taken as ns since 1970, lies in 1990..2100."""
    return (t_ns >= FIRST_NS) & (t_ns < LAST_NS)


def unit_by_magnitude(stamps: Ints) -> str | None:
    """The unit in which the median of `stamps` (n,) is a date: s, ms, us or ns since 1970; None: in none of them.

    At most one fits: the units are 1,000 apart, and 2100 is only 6.5 times as far from 1970 as 1990.
    """
    if not len(stamps):
        return None
    middle = int(np.median(stamps))
    return next((unit for unit, factor in UNITS.items() if FIRST_NS <= middle * factor < LAST_NS), None)


@cache
def leap_seconds() -> tuple[Ints, Ints]:
    """(UTC instants in ns since 1970, TAI - UTC in s that holds from each of them on), ascending."""
    with _LEAP_SECONDS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    at = np.array([row["utc_date"] for row in rows], "datetime64[ns]").astype(np.int64)
    return at, np.array([int(row["tai_minus_utc_s"]) for row in rows], np.int64)


def tai_minus_utc_ns(utc_ns: Ints) -> Ints:
    """TAI - UTC (n,) in ns at UTC instants (n,)."""
    at, seconds = leap_seconds()
    return seconds[np.maximum(np.searchsorted(at, utc_ns, side="right") - 1, 0)] * S_NS


def to_utc_ns(scale: str, t_ns: Ints) -> Ints:
    """Instants (n,) of `scale` (utc, tai, gps or gps_1980) in UTC.

    An inserted second falls onto the one after it.
    """
    if scale == "utc":
        return t_ns
    tai_ns = t_ns
    if scale.startswith("gps"):
        since_1970 = t_ns + GPS_EPOCH_NS if scale == "gps_1980" else t_ns
        tai_ns = since_1970 + _TAI_MINUS_GPS_S * S_NS
    at, seconds = leap_seconds()
    began_tai = at + seconds * S_NS
    return tai_ns - seconds[np.maximum(np.searchsorted(began_tai, tai_ns, side="right") - 1, 0)] * S_NS


def from_utc_ns(scale: str, utc_ns: Ints) -> Ints:
    """UTC instants (n,) in `scale` (utc, tai or gps), ns since 1970-01-01 of that scale."""
    if scale == "utc":
        return utc_ns
    less = _TAI_MINUS_GPS_S * S_NS if scale == "gps" else 0
    return utc_ns + tai_minus_utc_ns(utc_ns) - less
