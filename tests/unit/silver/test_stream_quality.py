"""Stream quality: gaps, losses by sequence number, repeats and disorder are counted in the second they show in."""

import numpy as np
import polars as pl
from scenes import DRIVE, START_NS, bronze, times_ns

from spark_jobs.silver import clock_models, stream_quality
from spark_jobs.silver.calibrations import build as calibrations
from spark_jobs.silver.log_clock import DriveFacts

S = 1_000_000_000


def seconds_of(log_ns: np.ndarray, sequence: np.ndarray | None = None, topic: str = "/a") -> pl.DataFrame:
    """silver.stream_quality of one stream."""
    rows = {"topic": topic, "file_id": "f", "log_time_ns": log_ns, "sequence": sequence}
    messages = bronze("bronze.messages", {name: value for name, value in rows.items() if value is not None})
    clocks = clock_models.build({}, *DRIVE, DriveFacts(), messages)
    return pl.DataFrame(stream_quality.build(messages, clocks, DRIVE))


def test_a_whole_stream_has_no_fault():
    rows = seconds_of(times_ns(5, 20), np.arange(101))
    assert rows.height == 6
    assert rows["num_messages"].sum() == 101
    assert rows.select("num_dropped", "num_duplicates", "num_out_of_order").sum().row(0) == (0, 0, 0)
    assert set(rows["period_p50_ns"]) == {50_000_000}


def test_losses_are_counted_by_sequence_number_through_the_end_of_its_32_bits():
    sequence = (np.arange(101) + 2**32 - 50) % 2**32
    kept = np.setdiff1d(np.arange(101), [10, 49, 50, 51])
    assert seconds_of(times_ns(5, 20)[kept], sequence[kept])["num_dropped"].sum() == 4


def test_without_numbers_or_after_a_restart_of_the_sender_nothing_is_called_lost():
    log = times_ns(5, 20)
    assert seconds_of(log)["num_dropped"].null_count() == 6
    assert seconds_of(log, np.zeros(101, np.int64))["num_dropped"].null_count() == 6
    restarted = np.where(np.arange(101) < 60, np.arange(101) + 500_000, np.arange(101) - 60)
    assert seconds_of(log, restarted)["num_dropped"].sum() == 0


def test_a_gap_of_years_is_one_row_and_has_both_ends():
    log = np.concatenate([times_ns(2, 10), times_ns(2, 10, START_NS + 10**17)])
    rows = seconds_of(log)
    assert rows.height == 6
    worst = rows.sort("longest_gap_ns", nulls_last=True, descending=True).row(0, named=True)
    assert (worst["gap_start_ns"], worst["gap_end_ns"]) == (START_NS + 2 * S, START_NS + 10**17)


def test_repeats_and_disorder_are_counted_in_file_order():
    log, sequence = times_ns(1, 10), np.arange(11)
    log[5], sequence[5] = log[4], sequence[4]
    log[[7, 8]] = log[[8, 7]]
    rows = seconds_of(log, sequence)
    assert (rows["num_duplicates"].sum(), rows["num_out_of_order"].sum()) == (1, 1)


def test_a_calibration_is_a_row_with_its_date_and_the_time_it_was_used():
    text = '{"lidar": {"calibrated_at": "2026-01-02T03:04:05Z", "x_m": 1.5}, "camera": {"fx": 900}, "odd": 7}'
    rows = calibrations(text, (START_NS, START_NS + S), DRIVE).to_pylist()
    assert [(row["name"], row["calibrated_at_ns"]) for row in rows] == [
        ("camera", None), ("lidar", 1_767_323_045 * S), ("odd", None),
    ]  # fmt: skip
    assert {row["t_start_ns"] for row in rows} == {START_NS}
    assert calibrations(None, None, DRIVE).num_rows == 0
