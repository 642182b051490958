"""Where the sun stands: the low-accuracy solar position of the NOAA Solar Calculator (Meeus), good to 0.01 deg."""

import numpy as np

from spark_jobs.silver.grid import Floats, Ints

_DAY_NS = 86_400_000_000_000
_J2000_DAYS = 10_957.5  # from 1970-01-01T00:00Z to 2000-01-01T12:00Z


def sun_elevation_rad(t_ns: Ints, latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Geometric elevation of the sun's centre (n,) at UTC times and WGS 84 places (n,); no refraction."""
    days = t_ns / _DAY_NS - _J2000_DAYS
    century = days / 36_525.0
    mean_longitude = np.radians(280.46646 + century * (36_000.76983 + 0.0003032 * century))
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = np.radians(
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    longitude = mean_longitude + centre - np.radians(0.00569 + 0.00478 * np.sin(node))
    tilt = np.radians(23.439291 - 0.0130042 * century + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(tilt) * np.sin(longitude))
    y = np.tan(tilt / 2) ** 2
    equation_of_time_rad = (
        y * np.sin(2 * mean_longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * mean_longitude)
        - 0.5 * y * y * np.sin(4 * mean_longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    day_fraction = (t_ns % _DAY_NS) / _DAY_NS
    hour_angle = 2 * np.pi * (day_fraction - 0.5) + equation_of_time_rad + np.radians(longitude_deg)
    latitude = np.radians(latitude_deg)
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.arcsin(np.clip(sine, -1.0, 1.0))
