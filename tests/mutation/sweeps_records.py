"""What was recorded and how well, on both sides of every threshold: streams, clocks, buses, light, what is known."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from tests.mutation.columns import both_sides, ego, put
from tests.unit.dbt import drives
from tests.unit.dbt.drives import Rows, times_s

S = 1_000_000_000


def all_drives() -> Iterator[Rows]:
    """Parts of a lake."""
    for family in (streams, clocks, calibrations, buses, shares, lights, course_changes):
        yield from family()


def streams() -> Iterator[Rows]:
    """Seconds of streams: holes, losses and low rates of all sizes."""
    steady: dict[str, Any] = {"num_messages": 10, "usual_num_messages": 10.0}
    cases: dict[str, list[dict[str, Any]]] = {}
    for gap_s in (*both_sides(0.5), *both_sides(5.0)):
        cases[f"hole-{gap_s:.3g}"] = [_hole(gap_s, 0.05)]
    for periods in both_sides(5.0):
        cases[f"hole-of-{periods:.3g}"] = [_hole(periods * 0.3, 0.3)]
    for share in both_sides(0.1):
        dropped = round(1000 * share / (1 - share))
        cases[f"drops-{share:.3g}"] = [steady | {"num_messages": 1000, "num_dropped": dropped}]
    for pause_s in (8, 13):
        drop, fine = steady | {"num_dropped": 1}, [steady] * (pause_s - 1)
        cases[f"drops-after-{pause_s}"] = [drop, *fine, drop]
    for usual, share, seconds in [
        *((usual, 0.2, 5) for usual in both_sides(5.0)),
        *((20.0, share, 5) for share in both_sides(0.5)),
        (20.0, 0.2, 2), (20.0, 0.2, 4),
    ]:  # fmt: skip
        usually = {"num_messages": usual, "usual_num_messages": usual}
        low = usually | {"num_messages": usual * share}
        cases[f"slow-{usual:.3g}-{share:.3g}-{seconds}"] = [usually, *[low] * seconds, usually]
    yield from _short("streams")
    rows = [_second(topic, i, second) for topic, seconds in cases.items() for i, second in enumerate(seconds)]
    yield {"silver.stream_quality": rows}


def _hole(gap_s: float, period_s: float) -> dict[str, Any]:
    start = drives.START_NS
    hole = {"longest_gap_ns": round(gap_s * S), "gap_start_ns": start, "gap_end_ns": start + round(gap_s * S)}
    return {"num_messages": 10, "usual_num_messages": 10.0, "period_p50_ns": round(period_s * S)} | hole


def _second(topic: str, index: int, second: dict[str, Any]) -> dict[str, Any]:
    key = {"project_id": "p", "drive_id": "streams", "topic": topic, "t_start_ns": drives.START_NS + index * S}
    counts = {"num_dropped": 0, "num_duplicates": 0, "num_out_of_order": 0}
    holes = {"longest_gap_ns": None, "gap_start_ns": None, "gap_end_ns": None, "period_p50_ns": None}
    row = key | counts | holes | second
    return row | {"num_messages": round(row["num_messages"])}


def clocks() -> Iterator[Rows]:
    """Clock models by drift, residual and confidence, and two segments with a step between them."""
    swept = {"drift_ppm": 100.0, "residual_p95_ns": 0.1 * S, "confidence": 0.5}
    cases: list[dict[str, Any]] = [{what: v} for what, at in swept.items() for v in both_sides(at)]
    cases += [{}, {"segment_index": 1, "t_start_ns": drives.START_NS + S, "offset_ns": S // 5, "repair": "step"}]
    known = {
        "t_start_ns": drives.START_NS, "t_end_ns": drives.START_NS + 9 * S, "reference_clock": "utc",
        "source_clock": "sensor", "clock_kind": "utc", "unit": "ns", "log_anchor": "utc", "log_offset_ns": 0,
        "t_origin_ns": drives.START_NS, "offset_ns": 0, "drift_ppm": 0.0, "residual_p95_ns": 0, "delay_p50_ns": 0,
        "num_samples": 90, "num_strays": 0, "is_corrected": True, "repair": "none", "confidence": 1.0, "reason": "so",
        "segment_index": 0, "project_id": "p", "drive_id": "clocks",
    }  # fmt: skip
    yield from _short("clocks")
    rows = [known | {"clock_model_id": f"c{i}", "topic": "stepped" if i > 5 else f"/{i}"} | case
            for i, case in enumerate(cases)]  # fmt: skip
    yield {"silver.clock_models": [row | {"residual_p95_ns": int(row["residual_p95_ns"])} for row in rows]}


def calibrations() -> Iterator[Rows]:
    """Sensors that were calibrated long ago, and longer ago."""
    yield from _short("calibrations")
    times = {"t_start_ns": drives.START_NS, "t_end_ns": drives.START_NS + 9 * S}
    key = {"project_id": "p", "drive_id": "calibrations"}
    yield {
        "silver.calibrations": [
            key
            | times
            | {
                "declaration": "{}",
                "name": f"camera-{days:.0f}",
                "calibrated_at_ns": drives.START_NS - round(days * 86400) * S,
            }
            for days in both_sides(180.0)
        ]
    }


def buses() -> Iterator[Rows]:
    """A warning on a slow bus with holes in it."""
    t = np.concatenate([np.arange(0, 8, 0.5), 7.5 + 1.25 + np.arange(0, 8, 0.5), 16.25 + 2.2 + np.arange(0, 6, 0.5)])
    yield from _short("slow-bus", 26)
    frame = {"project_id": "p", "drive_id": "slow-bus", "bus": 0, "message_name": "ADAS_STATUS", "file_id": "f"}
    yield {
        "silver.can_signals": [
            frame
            | {"signal_name": "FCW_LEVEL", "value": 1.0, "t_ns": drives.START_NS + round(at * S), "record_index": i}
            for i, at in enumerate(t)
        ]
    }


def shares() -> Iterator[Rows]:
    """Drives with lanes at two or three of five instants."""
    t = times_s(5)
    for share in both_sides(0.5):
        motion = drives.ego(f"lanes-{share:.3g}", t, np.full(t.shape, 10.0))
        yield put(motion, lane_source=np.where(t < 5 * share, "map", "none"))


def lights() -> Iterator[Rows]:
    """Night as the sun has it, and as a sensor; rain as the wiper has it."""
    for name, light, weather, sources in (
        ("night-by-sun", "night", "clear", ("sun", "none")),
        ("night-by-lux", "night", "clear", ("illuminance", "none")),
        ("rain-by-wiper", "day", "rain_light", ("sun", "wiper")),
    ):
        for part in _short(name):
            part["silver.conditions"][0] |= {"light": light, "weather": weather}
            part["silver.conditions"][0] |= dict(zip(("light_source", "weather_source"), sources, strict=True))
            yield part


def course_changes() -> Iterator[Rows]:
    """Sideways shifts by satellite fixes, by evidence, speed and how much the road bends."""
    cases: list[dict[str, Any]] = [{"score": v, "has_road_offset": True} for at in (5.0, 12.0) for v in both_sides(at)]
    cases += [{"score": v} for v in both_sides(9.0)] + [{"speed_mps": v} for v in both_sides(12.5)]
    cases += [{"score": 20.0, "course_acceleration_mps2": v} for v in (0.8, 1.2)]
    t = times_s(2)
    for i, case in enumerate(cases):
        name = f"course-{i}"
        usual = {"score": 14.0, "speed_mps": 25.0, "course_acceleration_mps2": 0.0, "has_road_offset": False}
        times = {"t_start_ns": drives.START_NS, "t_cross_ns": drives.START_NS + S, "t_end_ns": drives.START_NS + 2 * S}
        key = {"project_id": "p", "drive_id": name, "lateral_shift_m": 3.5, "num_receivers": 2}
        yield put(drives.ego(name, t, np.full(t.shape, 25.0)), lane_source="none")
        yield {"silver.ego_lateral_shifts": [key | times | usual | case]}


def _short(name: str, seconds: float = 2.0) -> Iterator[Rows]:
    t = times_s(seconds)
    yield ego(name, t, 10.0)
