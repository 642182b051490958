"""The recorder's clock of each file of a drive: its unit and time scale, and what ties it to UTC when it is no date."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from spark_jobs.epochs import S_NS, UNITS, to_utc_ns, unit_by_magnitude
from spark_jobs.silver.clock_fit import unit_of
from spark_jobs.silver.grid import Ints

OLDEST_NS = 978_307_200 * S_NS  # 2001-01-01: clocks without battery wake up in 1970, 1980, 1999 or 2000
_WIDEST_NS = 2 * S_NS  # between two records of a stream, when log time is to be in us, ms or s
_AGREES_NS = S_NS  # stamps that tie a clock agree with each other this well
_IS_TIED_SHARE = 0.9
CONFIDENCE = {"recorded": 1.0, "gnss": 0.9, "sensor": 0.8, "publish": 0.8, "declared_start": 0.5, "other_file": 0.3,
              "received": 0.1, "none": 0.0}  # fmt: skip
"""How far to trust the absolute time, by what tied the log clock to UTC: our proposal, to be filtered on."""
IS_DATED_FROM = 0.5  # below: the time of day is not known, only the order and the distances of what happened


@dataclass(frozen=True)
class DriveFacts:
    """What a drive knows of its time besides its rows: the declared scale of log time, its declared start, when its
    first file was received (ns UTC), and the calibration of drive.json as JSON text; None: unknown."""

    log_clock: str = "utc"
    started_at_ns: int | None = None
    received_at_ns: int | None = None
    calibration: str | None = None


NO_FACTS = DriveFacts()


@dataclass(frozen=True)
class LogClock:
    """UTC = to_utc(scale, log time x unit) + offset_ns; `anchor` says what gave the offset (a key of CONFIDENCE)."""

    unit: str = "ns"
    scale: str = "utc"
    offset_ns: int = 0
    anchor: str = "recorded"

    def to_utc_ns(self, log_ns: Ints) -> Ints:
        """Log times (n,) as recorded, in ns UTC."""
        return to_utc_ns(self.scale, log_ns * UNITS[self.unit]) + self.offset_ns


def log_clocks(stamps: pl.DataFrame, facts: DriveFacts) -> dict[str, LogClock]:
    """The clock of every file_id in `stamps`: file_id, topic, log/publish/sensor_time_ns, is_gnss, one row per record.

    A log time that is a date after 2000 in the declared scale (in s, ms, us or ns) is believed. Any other is tied to
    UTC by the first of: stamps of the records that are dates and run with it (GNSS before others, publish times last),
    the declared start, the start of the drive's other files, the time the drive was received, which its end cannot
    follow. Files without a date are taken to share one clock, unless stamps of their own say otherwise.
    """
    files = stamps.group_by("file_id").agg(
        middle=pl.col("log_time_ns").median(), low=pl.col("log_time_ns").min(), high=pl.col("log_time_ns").max()
    )
    found: dict[str, LogClock] = {}
    adrift: list[dict[str, int]] = []
    for row in files.sort("file_id").iter_rows(named=True):
        believed = _believed(int(row["middle"]), stamps.filter(pl.col("file_id") == row["file_id"]), facts)
        if believed is None:
            adrift.append(row)
        else:
            found[row["file_id"]] = believed
    if not adrift:
        return found
    names = [row["file_id"] for row in adrift]
    ties = _ties(stamps.filter(pl.col("file_id").is_in(names)))
    shared = max(ties.values(), key=lambda tie: tie.rank, default=None)
    starts = [found[f].to_utc_ns(np.array([low]))[0] for f, low in files.select("file_id", "low").rows() if f in found]
    others_start = int(min(starts)) if starts else None
    low, high = min(row["low"] for row in adrift), max(row["high"] for row in adrift)
    for name in names:
        own = ties.get(name)
        tie = own if own and shared and own.share >= _IS_TIED_SHARE and not own.agrees(shared) else shared
        found[name] = LogClock("ns", "utc", *(tie.offset if tie else _fallback(facts, others_start, low, high)))
    return found


def _believed(middle_ns: int, stamps: pl.DataFrame, facts: DriveFacts) -> LogClock | None:
    """The clock of a file by the declared scale, when its middle log time is a date; None: adrift.

    A counter of nanoseconds since some start looks like a date in s or ms (1.6e12 is half an hour), but with hours or
    years between two records: such a date is not believed.
    """
    unit = unit_by_magnitude(np.array([middle_ns]))
    if facts.log_clock == "boot" or unit is None or middle_ns * UNITS[unit] < OLDEST_NS:
        return None
    if unit != "ns" and _spacing_ns(stamps) * UNITS[unit] > _WIDEST_NS:
        return None
    scale = facts.log_clock if facts.log_clock in ("tai", "gps") else "utc"
    near_ns = facts.started_at_ns
    if scale == "gps" and near_ns is not None:  # both countings give a date; the declared start tells them apart
        scale = min(
            ("gps", "gps_1980"), key=lambda s: abs(int(LogClock(unit, s).to_utc_ns(np.array([middle_ns]))[0]) - near_ns)
        )
    return LogClock(unit, scale)


@dataclass(frozen=True)
class _Tie:
    """An offset from log time to dated stamps; `share` of these agree with it."""

    offset: tuple[int, str]
    share: float
    num: int

    @property
    def rank(self) -> tuple[bool, float, float, int]:
        return (self.share >= _IS_TIED_SHARE, CONFIDENCE[self.offset[1]], self.share, self.num)

    def agrees(self, other: "_Tie") -> bool:
        return abs(self.offset[0] - other.offset[0]) <= _AGREES_NS


def _spacing_ns(stamps: pl.DataFrame) -> float:
    """Median over the topics of the median time between records, as recorded."""
    apart = pl.col("log_time_ns").sort().diff()
    medians = stamps.group_by("topic").agg(spacing=apart.filter(apart > 0).median())["spacing"].drop_nulls()
    return float(np.median(medians.to_numpy())) if len(medians) else 0.0


def _ties(stamps: pl.DataFrame) -> dict[str, _Tie]:
    """The best tie of each file that has dated stamps."""
    best: dict[str, _Tie] = {}
    for column in ("sensor_time_ns", "publish_time_ns"):
        groups = stamps.drop_nulls(column).group_by("file_id", "topic")
        for (name, _), part in sorted(groups, key=lambda each: each[0]):
            ordered = part.sort("log_time_ns")
            dated, log = ordered[column].to_numpy(), ordered["log_time_ns"].to_numpy()
            unit = unit_of(dated, log)
            if unit_by_magnitude(dated) != unit or np.median(dated) * UNITS[unit] < OLDEST_NS:
                continue
            apart = dated * UNITS[unit] - log
            offset = int(np.median(apart))
            source = "publish" if column == "publish_time_ns" else "gnss" if part["is_gnss"][0] else "sensor"
            tie = _Tie((offset, source), float(np.mean(np.abs(apart - offset) <= _AGREES_NS)), len(log))
            if name not in best or tie.rank > best[name].rank:
                best[str(name)] = tie
    return best


def _fallback(facts: DriveFacts, others_start_ns: int | None, low_ns: int, high_ns: int) -> tuple[int, str]:
    if facts.started_at_ns is not None:
        return facts.started_at_ns - low_ns, "declared_start"
    if others_start_ns is not None:
        return others_start_ns - low_ns, "other_file"
    if facts.received_at_ns is not None:
        # whole seconds: the place of a frame on the 10 Hz grid is not a matter of when it was uploaded
        return (facts.received_at_ns - high_ns) // S_NS * S_NS, "received"
    return 0, "none"
