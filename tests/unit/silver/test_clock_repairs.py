"""Clocks that step, wrap, change unit, count another scale or know no date: repaired, and the repair is said."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from scenes import START_NS, bronze, times_ns

from spark_jobs import epochs
from spark_jobs.silver import clock_models
from spark_jobs.silver.log_clock import NO_FACTS, DriveFacts

MS, S = 1_000_000, 1_000_000_000
IMU = "bronze.imu_samples"
RATES = [-200.0, -20.0, 20.0, 200.0]


def recorded(sensor_ns: np.ndarray, log_ns: np.ndarray, topic: str = "/imu", table: str = IMU, file_id: str = "f"):
    """A stream with these stamps."""
    return {
        table: bronze(table, {"topic": topic, "log_time_ns": log_ns, "sensor_time_ns": sensor_ns, "file_id": file_id})
    }


def jittered(true_ns: np.ndarray, seed: int = 5) -> np.ndarray:
    """Log times: a delay of 1 ms and an exponential 3 ms."""
    delay = MS + (np.random.default_rng(seed).exponential(3, len(true_ns)) * MS).astype(np.int64)
    return np.maximum.accumulate(true_ns + delay)


def solved(streams: dict[str, pl.DataFrame], facts: DriveFacts = NO_FACTS, table: str = IMU):
    """(rows of clock_models, t_ns of the rows of the stream)."""
    models = clock_models.build(streams, "p", "d", facts)
    return models.table.to_pylist(), models.on_reference(streams[table])["t_ns"].to_numpy()


def worst_ms(t_ns: np.ndarray, true_ns: np.ndarray, share: float = 1.0) -> float:
    return float(np.quantile(np.abs(t_ns - true_ns), share)) / MS


@pytest.mark.parametrize("drift_ppm", RATES)
@pytest.mark.parametrize("offset_s", [-7.3, 0.8, 4000.0])
def test_offset_and_drift_up_to_200_ppm_come_back_within_3_ms(offset_s: float, drift_ppm: float):
    true = times_ns(120, 100)
    sensor = true - round(offset_s * S) - np.rint((true - true[0]) * drift_ppm * 1e-6).astype(np.int64)
    rows, t_ns = solved(recorded(sensor, jittered(true)))
    assert len(rows) == 1
    assert abs(rows[0]["drift_ppm"] - drift_ppm) < 10
    assert worst_ms(t_ns, true) < 3


@pytest.mark.parametrize("step_s", [-1058.0, -0.4, 0.2, 3600.5])
def test_a_clock_that_steps_has_a_model_for_each_side(step_s: float):
    true = times_ns(60, 50)
    sensor = true - 5 * S
    sensor[1000:] += round(step_s * S)
    rows, t_ns = solved(recorded(sensor, jittered(true)))
    assert [row["segment_index"] for row in rows] == [0, 1]
    assert "step" in rows[1]["repair"]
    assert abs(rows[1]["t_start_ns"] - true[1000]) < 50 * MS
    assert rows[0]["t_end_ns"] == rows[1]["t_start_ns"]
    assert worst_ms(t_ns, true) < 3


@pytest.mark.parametrize(("tick_ns", "first"), [(1_000, 2**32 - 20_000_000), (1_000_000, 2**32 - 20_000)])
def test_a_32_bit_counter_that_wraps_goes_on(tick_ns: int, first: int):
    true = times_ns(60, 50)
    ticks = (first + (true - true[0]) // tick_ns) % 2**32
    rows, t_ns = solved(recorded(ticks * tick_ns, jittered(true)))
    assert [("wrap" in row["repair"]) for row in rows] == [False, True]
    assert worst_ms(t_ns, true) < 4


def test_a_gps_week_that_rolls_over_goes_on():
    true = times_ns(60, 20)
    seconds_of_week = (7 * 86_400 - 20) * S + (true - true[0])
    rows, t_ns = solved(recorded(seconds_of_week % epochs.WEEK_NS, jittered(true)))
    assert "wrap" in rows[1]["repair"]
    assert worst_ms(t_ns, true) < 4


def test_steps_are_found_through_outliers_and_outliers_are_no_steps():
    rng = np.random.default_rng(1)
    true = times_ns(120, 100)
    sensor = true - 2 * S
    sensor[7000:] += 30 * S
    bad = rng.random(len(true)) < 0.05
    sensor[bad] += (rng.uniform(-60, 60, bad.sum()) * S).astype(np.int64)
    rows, t_ns = solved(recorded(sensor, jittered(true)))
    assert len(rows) == 2
    assert rows[0]["num_strays"] + rows[1]["num_strays"] > 0.9 * bad.sum()
    assert worst_ms(t_ns, true, 0.99) < 20


def test_a_burst_of_late_messages_is_no_step():
    true = times_ns(60, 50)
    log = true + 2 * MS
    log[500:520] = log[520]
    rows, _ = solved(recorded(true, log))
    assert [(row["repair"], row["offset_ns"]) for row in rows] == [("none", 0)]


@pytest.mark.parametrize("scale", ["gps", "tai"])
def test_gps_and_tai_stamps_are_recognised_and_taken_exactly(scale: str):
    true = times_ns(30, 50)
    rows, t_ns = solved(recorded(epochs.from_utc_ns(scale, true), true + 40 * MS))
    assert (rows[0]["clock_kind"], rows[0]["delay_p50_ns"]) == (scale, 40 * MS)
    assert "scale" in rows[0]["repair"]
    np.testing.assert_array_equal(t_ns, true)


@pytest.mark.parametrize("days", [-7168, -8000, 1])
def test_a_receiver_with_the_right_time_of_a_wrong_day_keeps_its_time_of_day(days: int):
    true = times_ns(30, 10)
    rows, t_ns = solved(recorded(true + days * epochs.DAY_NS, true + 40 * MS))
    assert rows[0]["clock_kind"] == "wrong_date"
    np.testing.assert_array_equal(t_ns, true)


def test_a_unit_that_changes_from_file_to_file_is_noticed():
    true = times_ns(20, 50)
    parts = [
        recorded(part // factor, part + 5 * MS, file_id=name)[IMU]
        for name, part, factor in (("a", true[:400], 1), ("b", true[400:700], 1000), ("c", true[700:], S))
    ]
    models = clock_models.build({IMU: pl.concat(parts)}, "p", "d")
    t_ns = models.on_reference(pl.concat(parts))["t_ns"].to_numpy()
    assert worst_ms(t_ns[:700], true[:700]) < 0.01
    assert worst_ms(t_ns[700:], true[700:]) < 1300  # whole seconds


def test_ticks_of_a_counter_in_milliseconds_are_recognised_by_their_rate():
    true = times_ns(30, 50)
    rows, t_ns = solved(recorded((true - true[0]) // MS + 5_000, jittered(true)))
    assert (rows[0]["unit"], "unit" in rows[0]["repair"]) == ("ms", True)
    assert worst_ms(t_ns, true) < 5


def test_log_time_in_gps_or_tai_or_microseconds_is_put_on_utc():
    true = times_ns(10, 50)
    for scale in ("gps", "tai"):
        rows, t_ns = solved(recorded(true, epochs.from_utc_ns(scale, true) + MS), DriveFacts(scale))
        np.testing.assert_array_equal(t_ns, true)
        assert rows[0]["log_anchor"] == "recorded"
        assert rows[0]["log_offset_ns"] == -{"gps": 18, "tai": 37}[scale] * S
    since_1980 = epochs.from_utc_ns("gps", true) - epochs.GPS_EPOCH_NS
    _, t_ns = solved(recorded(true, since_1980 + MS), DriveFacts("gps", START_NS))
    np.testing.assert_array_equal(t_ns, true)
    _, t_ns = solved(recorded(true // 1000, true // 1000 + 1000))
    assert worst_ms(t_ns, true) < 0.01


BOOT = times_ns(20, 50) - START_NS + 77 * S


@pytest.mark.parametrize(
    ("facts", "anchor", "start_ns"),
    [
        (DriveFacts("boot", START_NS, START_NS + 900 * S), "declared_start", START_NS),
        (DriveFacts("boot", None, START_NS + 900 * S + 7), "received", START_NS + 880 * S),
        (DriveFacts("utc", None, START_NS + 900 * S), "received", START_NS + 880 * S),
        (DriveFacts("boot"), "none", 77 * S),
    ],
)
def test_a_log_clock_without_a_date_is_tied_to_the_best_there_is_and_it_is_said(facts, anchor: str, start_ns: int):
    rows, t_ns = solved(recorded(BOOT, BOOT + MS), facts)
    assert rows[0]["log_anchor"] == anchor
    assert abs(int(t_ns[0]) - start_ns) <= S
    np.testing.assert_array_equal(np.diff(t_ns), np.diff(BOOT))
    assert "anchor" in rows[0]["repair"]
    assert (rows[0]["confidence"] >= 0.5) == (anchor == "declared_start")


def test_gnss_time_ties_a_boot_clock_before_anything_else_and_moves_every_stream():
    fixes = times_ns(20, 1)
    streams = recorded(BOOT, BOOT + MS)
    streams |= recorded(fixes, fixes - START_NS + 77 * S, "/fix", "bronze.gnss_fixes", "g")
    rows, t_ns = solved(streams, DriveFacts("boot", START_NS - 3600 * S, START_NS + 900 * S))
    assert {row["log_anchor"] for row in rows} == {"gnss"}
    assert worst_ms(t_ns, times_ns(20, 50)) < 2


@pytest.mark.parametrize("year", [1970, 1980, 1999])
def test_no_row_stays_in_1970_1980_or_1999(year: int):
    began = round(datetime(year, 11, 30, tzinfo=UTC).timestamp()) * S
    stamps = times_ns(20, 50) - START_NS + began
    _, t_ns = solved(recorded(stamps, stamps + MS), DriveFacts(received_at_ns=START_NS))
    assert (t_ns > epochs.FIRST_NS + 20 * 365 * epochs.DAY_NS).all()
    assert (t_ns <= START_NS).all()


def test_a_leap_second_in_a_gps_stamped_stream_is_called_by_its_name():
    edge = round(datetime(2017, 1, 1, tzinfo=UTC).timestamp()) * S
    elapsed = times_ns(60, 50) - START_NS
    gps = elapsed + edge + 17 * S - 30 * S  # runs through; 17 s ahead of UTC before the leap
    utc = epochs.to_utc_ns("gps", gps)
    order = np.argsort(utc + MS, kind="stable")
    rows, _ = solved(recorded(gps[order], (utc + MS)[order]))
    assert [row["clock_kind"] for row in rows] == ["gps", "gps"]
    assert "leap" in rows[1]["repair"]


def test_hostile_stamps_end_in_models_and_not_in_errors():
    log = times_ns(1, 50)
    wild = np.array([0, -1, 2**62, -(2**62), 1, 2**31 * S] * 9)[: len(log)]
    for sensor, logged in ((wild, log), (log, wild), (wild, wild)):
        rows, t_ns = solved(recorded(sensor, logged), DriveFacts(received_at_ns=START_NS))
        assert rows
        assert len(t_ns) == len(log)
