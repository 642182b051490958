"""Clock models: what the sensor clock did is found through jitter, outliers and nonsense epochs."""

import numpy as np
import polars as pl
import pytest
from scenes import bronze, times_ns

from spark_jobs.silver import clock_models

MS = 1_000_000


def stamped(topic: str, log_ns: np.ndarray, sensor_ns: np.ndarray) -> dict[str, pl.DataFrame]:
    rows = {"topic": topic, "log_time_ns": log_ns, "sensor_time_ns": sensor_ns}
    return {"bronze.imu_samples": bronze("bronze.imu_samples", rows)}


def truth(offset_s: float, drift_ppm: float, seed: int = 3, outliers: float = 0.05):
    """(true times, log times, sensor stamps): jitter of 4 ms on the transport, some stamps off by up to a minute."""
    rng = np.random.default_rng(seed)
    true = times_ns(60, 100)
    log = np.sort(true + (rng.exponential(4, len(true)) * MS).astype(np.int64))
    sensor = true - round(offset_s * 1e9) - np.rint((true - true[0]) * drift_ppm * 1e-6).astype(np.int64)
    bad = rng.random(len(true)) < outliers
    sensor[bad] += (rng.uniform(-60, 60, bad.sum()) * 1e9).astype(np.int64)
    return true, log, sensor


@pytest.mark.parametrize(("offset_s", "drift_ppm"), [(1.7, 40.0), (-1.7, -40.0), (3600.0, 0.0), (0.9, 400.0)])
def test_offset_and_drift_are_recovered_within_2_ms_despite_outliers(offset_s: float, drift_ppm: float):
    true, log, sensor = truth(offset_s, drift_ppm)
    streams = stamped("/imu", log, sensor)
    model = clock_models.build(streams, "p", "d")
    row = model.table.to_pylist()[0]
    assert row["is_corrected"]
    assert abs(row["drift_ppm"] - drift_ppm) < 20
    t_ns = model.on_reference(streams["bronze.imu_samples"])["t_ns"].to_numpy()
    assert np.quantile(np.abs(t_ns - true), 0.9) < 2 * MS


@pytest.mark.parametrize("epoch_s", [1_780_000_000 - 943_920_000, 1_780_000_000 - 12, 0.0])
def test_stamps_of_1999_of_boot_time_and_of_1970_are_brought_to_the_log_clock(epoch_s: float):
    true, log, _ = truth(0, 0)
    sensor = true - round(epoch_s * 1e9)
    streams = stamped("/imu", log, sensor)
    t_ns = clock_models.build(streams, "p", "d").on_reference(streams["bronze.imu_samples"])["t_ns"]
    assert np.abs(t_ns.to_numpy() - true).max() < 2 * MS


def test_a_clock_in_step_is_trusted_and_its_delay_kept():
    true, _, _ = truth(0, 0)
    log = true + 80 * MS
    row = clock_models.build(stamped("/objects", log, true), "p", "d").table.to_pylist()[0]
    assert (row["is_corrected"], row["offset_ns"], row["drift_ppm"]) == (False, 0, 0.0)
    assert row["delay_p50_ns"] == 80 * MS


def test_a_stray_stamp_of_a_trusted_clock_falls_back_to_its_log_time():
    true, _, _ = truth(0, 0)
    sensor = true.copy()
    sensor[100] = 0
    streams = stamped("/objects", true + 80 * MS, sensor)
    timed = clock_models.build(streams, "p", "d").on_reference(streams["bronze.imu_samples"])
    np.testing.assert_array_equal(timed["t_ns"].to_numpy(), true)


def test_a_stream_without_stamps_is_modelled_by_its_log_time():
    log = times_ns(1, 10)
    streams = {"bronze.can_frames": bronze("bronze.can_frames", {"topic": "/can", "log_time_ns": log})}
    model = clock_models.build(streams, "p", "d")
    (row,) = model.table.to_pylist()
    assert (row["source_clock"], row["repair"], row["confidence"]) == ("log", "none", 1.0)
    timed = model.on_reference(streams["bronze.can_frames"])
    assert timed["t_ns"].to_list() == log.tolist()
    assert set(timed["clock_model_id"]) == {row["clock_model_id"]}


@pytest.mark.parametrize("count", [1, 2, 9])
def test_a_handful_of_stamps_is_enough_for_an_offset(count: int):
    log = times_ns(1, 10)[:count]
    row = clock_models.build(stamped("/cam", log, log - 5_000_000_000), "p", "d").table.to_pylist()[0]
    assert (row["offset_ns"], row["num_samples"]) == (5_000_000_000, count)
