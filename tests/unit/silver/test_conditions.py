"""Conditions: the bus tells, else the sun and the map; intervals are gapless."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from scenes import DRIVE, START_NS, signal, times_ns

from spark_jobs.silver import conditions
from spark_jobs.silver.sun import sun_elevation_rad

GRID = times_ns(60, 10)


def built(*signals: pl.DataFrame, has_map: bool = False, place: tuple[float, float] | None = None, shift_ns: int = 0):
    """silver.conditions of a minute of driving with these signals."""
    latitude, longitude = place or (None, None)
    ego = pl.DataFrame({"t_ns": GRID + shift_ns}).with_columns(
        latitude_deg=pl.lit(latitude, dtype=pl.Float64), longitude_deg=pl.lit(longitude, dtype=pl.Float64)
    )
    bus = pl.concat(signals) if signals else signal("X", GRID[:1], 0.0)[:0]
    return pl.DataFrame(conditions.build(ego, bus, has_map, DRIVE))


@pytest.mark.parametrize(
    ("lux", "light"), [(0.0, "night"), (1.0, "night"), (1.1, "low_ambient"), (1999.9, "low_ambient"), (2000.0, "day")]
)
def test_light_follows_illuminance(lux: float, light: str):
    rows = built(signal("AMBIENT_LIGHT", GRID, lux, "lx"))
    assert rows.select("light", "light_source").rows() == [(light, "illuminance")]


@pytest.mark.parametrize(
    ("rate", "weather"),
    [(0.0, "clear"), (0.5, "rain_light"), (2.5, "rain_moderate"), (7.5, "rain_moderate"), (7.6, "rain_heavy")],
)
def test_weather_follows_the_rain_sensor_before_the_wiper(rate: float, weather: str):
    rows = built(signal("RAIN_RATE", GRID, rate, "mm/h"), signal("WIPER_STATE", GRID, 3.0, text="Fast"))
    assert rows.select("weather", "weather_source").rows() == [(weather, "rain_sensor")]


def test_the_wiper_tells_the_weather_where_nothing_better_does():
    rows = built(signal("WIPER_STATE", GRID, 2.0, text="Slow"))
    assert rows.select("weather", "weather_source").rows() == [("rain_moderate", "wiper")]


def test_nothing_known_is_one_unknown_interval_over_the_drive():
    rows = built()
    assert rows.select("light", "weather", "road_kind").rows() == [("unknown",) * 3]
    assert (rows["t_start_ns"][0], rows["t_end_ns"][0]) == (int(GRID[0]), int(GRID[-1]) + 100_000_000)


def test_a_change_of_road_splits_the_drive_without_a_gap():
    half = START_NS + 30_000_000_000
    early, late = GRID[half > GRID], GRID[half <= GRID]
    rows = built(signal("ROAD_CLASS", early, 2.0, text="Urban"), signal("ROAD_CLASS", late, 1.0, text="Highway"))
    assert rows["road_kind"].to_list() == ["urban", "highway"]
    assert rows["t_end_ns"][0] == rows["t_start_ns"][1]


def test_a_map_means_a_city():
    assert built(has_map=True).select("road_kind", "road_source").rows() == [("urban", "map")]


@pytest.mark.parametrize(
    ("at", "latitude", "longitude", "degrees"),
    [
        # Overhead at the equator at the March equinox, less the equation of time of 7.4 minutes; and the tropic's noon.
        (datetime(2026, 3, 20, 12, 7, 24, tzinfo=UTC), 0.0, 0.0, 90.0),
        (datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 51.5, 0.0, 90 - 51.5 + 23.436),
        (datetime(2026, 12, 21, 12, 0, tzinfo=UTC), 70.0, 0.0, 90 - 70.0 - 23.436),
    ],
)
def test_the_sun_stands_where_the_almanac_has_it(at: datetime, latitude: float, longitude: float, degrees: float):
    t_ns = np.array([int(at.timestamp())]) * 1_000_000_000
    found = np.degrees(sun_elevation_rad(t_ns, np.array([latitude]), np.array([longitude])))
    assert found[0] == pytest.approx(degrees, abs=0.15)


def test_the_sun_tells_the_light_where_no_sensor_does():
    midnight = int(datetime(2026, 6, 1, 0, 0, tzinfo=UTC).timestamp()) * 1_000_000_000 - START_NS
    rows = built(place=(30.0, 0.0), shift_ns=midnight)
    assert rows.select("light", "light_source").rows() == [("night", "sun")]
    noon = built(place=(30.0, 0.0), shift_ns=midnight + 12 * 3_600_000_000_000)
    assert noon["light"].to_list() == ["day"]
