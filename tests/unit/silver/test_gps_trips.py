"""Real GPS trips: devices with broken clocks, from one car, are at one place at one time after alignment."""

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from longtail.settings import REPOSITORY
from spark_jobs.readers import gps_csv
from spark_jobs.readers.source import SourceFile
from spark_jobs.silver import clock_models
from spark_jobs.silver.log_clock import DriveFacts

FOLDER = Path(os.environ.get("LONGTAIL_TEST_DATA", REPOSITORY.parent / "shared" / "data")) / "gps_lane_changes" / "gps"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no GPS trips at {FOLDER} (LONGTAIL_TEST_DATA)"),
]
S = 1_000_000_000
RECEIVED_NS = 1_790_000_000 * S


def aligned(trip: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(clock models, fixes with t_ns) of all devices of a trip."""
    parts = []
    for path in sorted(FOLDER.glob(f"{trip} GPS *.csv")):
        source = SourceFile(str(path), path.stem, "p", trip, "gps_csv", path.stat().st_size)
        for task in gps_csv.plan(source).tasks:
            parts += [pl.DataFrame(rows) for table, rows in gps_csv.read(task) if table == "bronze.gnss_fixes"]
    fixes = pl.concat(parts)
    models = clock_models.build({"bronze.gnss_fixes": fixes}, "p", trip, DriveFacts("utc", None, RECEIVED_NS))
    return pl.DataFrame(models.table), models.on_reference(fixes).sort("topic", "t_ns")


def along_s(device: pl.DataFrame, reference: pl.DataFrame) -> np.ndarray:
    """By how many seconds a device is ahead of the reference along the road, per fix with the reference around it."""
    metres = np.array([111_320.0 * np.cos(np.radians(52.0)), 111_320.0])
    spot = reference.select("longitude_deg", "latitude_deg").to_numpy() * metres
    own = device.select("longitude_deg", "latitude_deg").to_numpy() * metres
    t, at = reference["t_ns"].to_numpy() / S, device["t_ns"].to_numpy() / S
    row = np.clip(np.searchsorted(t, at) - 1, 0, len(t) - 2)
    is_known = (at >= t[row]) & (at <= t[row + 1]) & (t[row + 1] - t[row] < 2)
    step = spot[row + 1] - spot[row]
    speed = np.hypot(*step.T) / (t[row + 1] - t[row])
    there = spot[row] + step * ((at - t[row]) / (t[row + 1] - t[row]))[:, None]
    ahead = ((own - there) * step).sum(axis=1) / np.maximum(np.hypot(*step.T), 1e-9)
    return (ahead / np.maximum(speed, 1e-9))[is_known & (speed > 15)]


@pytest.mark.parametrize(("trip", "day", "devices"), [("01", "2021-06-04", 3), ("02", "2021-10-21", 2)])
def test_the_devices_of_a_trip_are_within_a_second_of_each_other_and_on_the_day_of_the_trip(trip, day, devices: int):
    models, fixes = aligned(trip)
    reference = fixes.filter(pl.col("topic") == "S9")
    others = [part for (topic,), part in fixes.group_by("topic") if topic != "S9"]
    assert len(others) == devices - 1
    for part in others:
        apart = along_s(part, reference)
        assert len(apart) > 1500
        assert abs(np.median(apart)) < 1.0
        assert np.quantile(np.abs(apart), 0.95) < 1.0
    days = {datetime.fromtimestamp(t_ns // S, UTC).date().isoformat() for t_ns in fixes["t_ns"]}
    assert days == {day}
    assert set(models["log_anchor"]) == {"gnss"}


def test_the_repairs_are_said_device_by_device():
    models, _ = aligned("01")
    said = {key[0]: set("+".join(part["repair"]).split("+")) for key, part in models.group_by("topic")}
    assert "date" in said["GlobalSat"]
    assert "step" in said["GoPro"]
    assert "step" not in said["S9"]
    steps = models.filter(pl.col("topic") == "GoPro").sort("segment_index")
    assert steps.height == 4  # the camera's files each start their clock anew, and the trip has a hole of 20 minutes
