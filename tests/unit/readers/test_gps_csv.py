"""GPS trips: fixes against pandas, devices as topics, clocks as recorded and speed in a known unit or none."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mcap_recordings import read_all
from real_data import real

MPH = "t,lat_gps,lon_gps,timestamp,speed (mph),time,speed,offset,section\n"
MPH_LINES = (
    "325.5,51.99,4.39,1999-11-30 13:05:01+00:00,0.0,2022-01-17 13:05:01,212.0,5.7,A\n"
    "326.5,51.98,4.38,2021-06-04 13:05:02+00:00,59.7,2022-01-17 13:05:02,213.0,,A\n"
)
NS = 1_000_000_000


def trip(folder: Path, device: str, text: str) -> Path:
    path = folder / f"01 GPS {device}.csv"
    path.write_text(text)
    return path


def fixes(path: Path, **declaration: object) -> list[dict[str, object]]:
    return read_all(path, declaration)[1]["bronze.gnss_fixes"].to_pylist()


def test_log_time_is_the_trip_and_sensor_time_the_device_wrong_as_it_is(tmp_path: Path) -> None:
    first, second = fixes(trip(tmp_path, "GlobalSat", MPH + MPH_LINES))
    assert (first["topic"], first["log_time_ns"], second["log_time_ns"]) == ("GlobalSat", 325.5 * NS, 326.5 * NS)
    assert pd.Timestamp(first["sensor_time_ns"]) == pd.Timestamp("1999-11-30 13:05:01")
    assert pd.Timestamp(second["sensor_time_ns"]) == pd.Timestamp("2021-06-04 13:05:02")


def test_miles_per_hour_in_the_header_become_metres_per_second(tmp_path: Path) -> None:
    speeds = [row["speed_mps"] for row in fixes(trip(tmp_path, "GlobalSat", MPH + MPH_LINES))]
    assert speeds == pytest.approx([0.0, 59.7 * 1609.344 / 3600], rel=1e-6)


def test_a_speed_without_a_unit_is_not_guessed_and_a_declared_unit_is_used(tmp_path: Path) -> None:
    path = trip(
        tmp_path, "GoPro downsampled (last)", "t,date,lat_gps,lon_gps,speed\n1,2021-06-04 08:07:24.004,52,4,36\n"
    )
    assert fixes(path)[0]["speed_mps"] is None
    (declared,) = fixes(path, topics={"GoPro": {"speed_unit": "km/h"}})
    assert declared["speed_mps"] == pytest.approx(10.0)
    plan, _ = read_all(path, {"topics": {"GoPro": {"speed_unit": "furlongs"}}})
    assert [problem.reason for problem in plan.problems] == ["bad_unit"]


def test_road_and_lateral_offset_are_indexed_by_line_and_named(tmp_path: Path) -> None:
    path = trip(tmp_path, "S9", MPH + MPH_LINES)
    rows = read_all(path)[1]["bronze.messages"].to_pylist()
    assert rows[0]["schema_name"] == f"gps_csv({MPH.strip()})"
    content = path.read_bytes()
    lines = [content[row["payload_offset"] :][: row["num_payload_bytes"]].decode() for row in rows]
    assert lines == MPH_LINES.splitlines()


def test_a_bad_line_costs_itself_and_other_columns_the_file(tmp_path: Path) -> None:
    bad = "x,51,4,,,,,,\n327,91,4,,,,,,\n328,51,4,,,\n329,51,4,tomorrow,1,,,,\n330,51,4,,,,,,\n"
    _, tables = read_all(trip(tmp_path, "S9", MPH + bad))
    assert tables["bronze.quarantine"].column("record_index").to_pylist() == [0, 1, 2, 3]
    assert tables["bronze.gnss_fixes"].column("record_index").to_pylist() == [4]
    plan, _ = read_all(trip(tmp_path, "S9", "a,b\n1,2\n"))
    assert [problem.reason for problem in plan.problems] == ["bad_schema"]


@pytest.mark.data
def test_every_fix_of_every_device_lands_as_pandas_reads_it() -> None:
    for path in real("gps_lane_changes/gps/*.csv"):
        expected = pd.read_csv(path)
        _, tables = read_all(path)
        rows = tables["bronze.gnss_fixes"]
        assert rows.num_rows == tables["bronze.messages"].num_rows == len(expected)
        for ours, theirs in (("latitude_deg", "lat_gps"), ("longitude_deg", "lon_gps")):
            assert np.abs(rows.column(ours).to_numpy() - expected[theirs].to_numpy()).max() < 1e-12
        assert np.abs(rows.column("log_time_ns").to_numpy() * 1e-9 - expected.t).max() < 1e-9


@pytest.mark.data
def test_gps_trap_globalsat_writes_1999_and_bronze_keeps_it_as_recorded() -> None:
    (path,) = real("gps_lane_changes/gps/01 GPS GlobalSat.csv")
    years = pd.DatetimeIndex(read_all(path)[1]["bronze.gnss_fixes"].column("sensor_time_ns").to_pandas()).year
    assert ((years == 1999).sum(), (years == 2021).sum()) == (1976, 123)


@pytest.mark.data
def test_gps_trap_speed_in_mph_agrees_with_the_distance_between_the_fixes() -> None:
    (path,) = real("gps_lane_changes/gps/01 GPS GlobalSat.csv")
    distance = pd.read_csv(path).distance_gps.to_numpy()  # metres to the neighbouring fix, one second away
    speed = read_all(path)[1]["bronze.gnss_fixes"].column("speed_mps").to_numpy()
    moving = (speed > 5) & (distance < 50)
    assert moving.sum() > 100  # the other stamps and speeds of this device are lost
    assert np.median(distance[moving] / speed[moving]) == pytest.approx(1.0, abs=0.02)


@pytest.mark.data
def test_gps_trap_trips_have_gaps_of_minutes_that_stay_gaps() -> None:
    (path,) = real("gps_lane_changes/gps/01 GPS S9.csv")
    steps = np.diff(read_all(path)[1]["bronze.gnss_fixes"].column("log_time_ns").to_numpy()) * 1e-9
    assert steps.max() > 60
