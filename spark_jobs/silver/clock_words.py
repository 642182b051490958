"""What a row of silver.clock_models says about a model besides its numbers: what was repaired, how sure, and why."""

from typing import Any

import numpy as np

from spark_jobs.epochs import S_NS, WEEK_NS, leap_seconds
from spark_jobs.silver.clock_fit import Fit
from spark_jobs.silver.log_clock import CONFIDENCE, LogClock

_WRAPS_NS = {"32 bit of microseconds": 2**32 * 1_000, "32 bit of milliseconds": 2**32 * 1_000_000,
             "32 bit of nanoseconds": 2**32, "a GPS week": WEEK_NS, "1024 GPS weeks": 1024 * WEEK_NS}  # fmt: skip
_LEAP_NEAR_NS = 2 * S_NS
_KNOWN = {"gps": "scale", "tai": "scale", "local_time": "date", "wrong_date": "date"}
_SAID = {
    "recorded": "log time is on {scale}", "gnss": "log time tied to UTC by GNSS stamps",
    "sensor": "log time tied to UTC by stamps of a sensor", "publish": "log time tied to UTC by publish times",
    "declared_start": "log time counts from the declared start",
    "other_file": "log time tied to the start of the other files of the drive",
    "received": "log time is no date: the drive is put before its reception, its true date is unknown",
    "none": "log time is no date and nothing ties it to UTC",
}  # fmt: skip


def described(log: LogClock, unit: str, line: Fit | None, before: Fit | None) -> dict[str, Any]:
    """Columns of the contract for a segment: `line` None without sensor stamps, `before` the segment before it."""
    repairs, sure, said = _log_words(log)
    log_kind = log.scale if log.anchor == "recorded" else "counter"
    if line is None:
        numbers: dict[str, Any] = {"offset_ns": 0, "drift_ppm": 0.0, "residual_p95_ns": 0,
                                   "delay_p50_ns": 0, "num_strays": 0, "unit": log.unit}  # fmt: skip
        return numbers | {"source_clock": "log", "clock_kind": log_kind, **_joined(log, repairs, sure, said)}
    numbers = {name: getattr(line, name) for name in ("t_origin_ns", "offset_ns", "drift_ppm", "residual_p95_ns",
                                                      "delay_p50_ns", "num_strays")}  # fmt: skip
    if unit != "ns":
        repairs.append("unit")
        said.append(f"stamps are in {unit}")
    if line.kind in _KNOWN:
        repairs.append(_KNOWN[line.kind])
        said.append(f"stamps are {line.kind.replace('_', ' ')}, {line.offset_ns / S_NS:.0f} s before the reference")
    elif line.kind != "log" and (line.offset_ns or line.drift_ppm):
        repairs.append("offset")
        said.append(f"stamps are {line.offset_ns / S_NS:.3f} s behind and drift {line.drift_ppm:.1f} ppm")
        sure *= 0.9 if line.num_samples >= 50 and line.residual_p95_ns < S_NS // 20 else 0.6
    if before is not None:
        kind, how = _break(before, line)
        repairs.append(kind)
        said.append(how)
    if line.num_strays:
        said.append(f"{line.num_strays} stray stamps replaced by log time")
    return numbers | {
        "source_clock": "sensor",
        "clock_kind": log_kind if line.kind == "log" else line.kind,
        "unit": unit,
        **_joined(log, repairs, sure, said),
    }


def _log_words(log: LogClock) -> tuple[list[str], float, list[str]]:
    repairs = ["anchor"] if log.anchor != "recorded" else []
    repairs += ["unit"] if log.unit != "ns" else []
    repairs += ["scale"] if log.scale != "utc" else []
    return repairs, CONFIDENCE[log.anchor], [_SAID[log.anchor].format(scale=log.scale.upper())]


def _break(before: Fit, line: Fit) -> tuple[str, str]:
    """(repair, words) for the step from one segment to the next."""
    ran_ns = before.drift_ppm * 1e-6 * (line.t_origin_ns - before.t_origin_ns)
    step_ns = line.offset_ns - before.offset_ns - ran_ns
    for name, period_ns in _WRAPS_NS.items():
        if abs(step_ns - period_ns) <= min(0.01 * period_ns, S_NS):
            return "wrap", f"the counter of {name} wrapped"
    at, _ = leap_seconds()
    if abs(abs(step_ns) - S_NS) < S_NS // 20 and np.abs(at - line.t_origin_ns).min() <= _LEAP_NEAR_NS:
        return "leap", "a leap second"
    return "step", f"the clock stepped by {-step_ns / S_NS:.3f} s"


def _joined(log: LogClock, repairs: list[str], sure: float, said: list[str]) -> dict[str, Any]:
    names = list(dict.fromkeys(repairs))
    return {
        "reference_clock": "log",
        "log_anchor": log.anchor,
        "is_corrected": bool(names),
        "repair": "+".join(names) or "none",
        "confidence": round(sure, 3),
        "reason": "; ".join(said),
    }
